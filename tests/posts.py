"""For every door that is posted to and names an object of one visit: a post that would succeed for who may do it.

Tests send these as people who may not, and require that nothing changes.
"""

from typing import Any

from tests.world import NOWHERE, Visit, World


def post_for(endpoint: str, world: World, visit: Visit) -> dict[str, Any]:
    """Keyword arguments of the request: a form (`data`) or a document (`json`). KeyError for an unknown door."""
    version = "1"
    forms: dict[str, dict[str, Any]] = {
        "inspect.checklist": {
            "submission_id": NOWHERE, "replaces": visit.submission, "action": "send", "ny_01": "fail",
            "ny_01_note": "của người khác", "remove_photo": visit.photos.get("ny_01", NOWHERE),
        },
        "review.approve": {"seen": visit.submission},
        "review.return_": {"seen": visit.submission, "general": "Bổ sung", "comment-ny_01": "Ảnh nào?"},
        "review.place": {"unit": "none", "place_reason": "Theo nghị quyết"},
        "review.decide": {"version": version, "decision": "confirm", "reason": ""},
        "review.change": {"version": version, "severity": "3", "reason": "Nặng hơn"},
        "kept.place": {"inspection": visit.inspection},
        "kept.place_in_new_visit": {"unit": "21040", "day": "2026-11-20", "visit_reason": "Theo phản ánh"},
        "kept.set_aside": {"reason": "Trùng"},
        "kept.set_document_aside": {"reason": "Trùng"},
        "campaigns.reassign": {"team_id": str(list(world.teams.values())[-1])},
        "campaigns.cancel": {"reason": "Không cần nữa"},
    }  # fmt: skip
    if endpoint == "api.put_submission":
        return {
            "json": {
                "inspection": visit.inspection, "checklist": "dot-xuat", "version": "2020.1", "photos": [],
                "answers": {"ny_01": "pass"}, "replaces": None,
            }
        }  # fmt: skip
    return {"data": forms[endpoint]}
