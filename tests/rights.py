"""The rights of the product as two tables that a person can read: which role has which act, which door asks for which.

The tests of access hold the program against these tables, never the tables against the program. A new door is entered
here by hand: in DOORS, and, if its address names an object of one visit, in REACH; if it is posted to, in tests/posts.py.
"""

from flask import Flask
from werkzeug.routing import Rule

ROLES = ("admin", "head", "reviewer", "inspector", "internal_affairs", "leader", "unit_officer")

# act: the roles that have it
ACTS = {
    "manage_people": "admin",
    "manage_units": "admin",
    "manage_law": "admin",
    "publish_checklists": "admin",
    "see_audit": "admin head",
    "plan": "head",
    "see_plans": "head reviewer leader",
    "see_secret": "head leader",
    "inspect": "head inspector",
    "review": "head reviewer",
    "settle_kept": "head reviewer",
    "see_findings": " ".join(ROLES),
    "see_totals": " ".join(ROLES),
    "see_photos": "head reviewer inspector leader unit_officer",
    "see_originals": "head reviewer",
}

# method and address: "anyone", "signed_in", or the acts of which a person needs one
DOORS = {
    "GET /": "signed_in",
    "GET /healthz": "anyone",
    "GET /readyz": "anyone",
    "GET /metrics": "anyone",
    "GET /static/<path:filename>": "anyone",
    "GET /static/v/<version>/<path:filename>": "anyone",
    "GET /login": "anyone",
    "POST /login": "anyone",
    "POST /logout": "signed_in",
    "POST /language": "anyone",
    "GET /activate/<token>": "anyone",
    "POST /activate/<token>": "anyone",
    "GET /password": "signed_in",
    "POST /password": "signed_in",
    "GET /api/v1/me": "signed_in",
    "GET /api/v1/openapi.json": "anyone",
    "GET /api/v1/offline": "inspect",
    "GET /phone/words": "anyone",
    "GET /phone/work": "anyone",
    "GET /phone/new": "anyone",
    "GET /phone/doctor": "anyone",
    "GET /phone/offline": "anyone",
    "GET /sw.js": "anyone",
    "GET /manifest.webmanifest": "anyone",
    "GET /phone/form/<key>/<version>/<level>": "inspect",
    "GET /api/v1/submissions/<uuid:submission_id>": "inspect",
    "PUT /api/v1/submissions/<uuid:submission_id>": "inspect",
    "PUT /api/v1/inspections/<uuid:visit_id>": "inspect",
    "POST /api/v1/sealed": "anyone",
    "POST /api/v1/uploads": "inspect",
    "PATCH /api/v1/uploads/<uuid:upload_id>": "inspect",
    "DELETE /api/v1/uploads/<uuid:upload_id>": "inspect",
    "GET /api/v1/findings": "see_findings",
    "GET /api/v1/totals": "see_totals",
    "GET /inspect/": "inspect",
    "GET /inspect/new": "inspect",
    "POST /inspect/new": "inspect",
    "GET /inspect/<uuid:inspection_id>": "inspect",
    "POST /inspect/<uuid:inspection_id>": "inspect",
    "GET /receipts/<uuid:submission_id>": "inspect review",
    "GET /findings": "see_findings",
    "GET /findings.csv": "see_findings",
    "GET /findings.xlsx": "see_findings",
    "GET /findings.zip": "see_findings",
    "GET /findings/<uuid:finding_id>": "see_findings",
    "GET /totals": "see_totals",
    "GET /totals.csv": "see_totals",
    "GET /totals.xlsx": "see_totals",
    "GET /photos/<uuid:photo_id>/thumb": "see_photos inspect",
    "GET /photos/<uuid:photo_id>/screen": "see_photos inspect",
    "GET /photos/<uuid:photo_id>/original": "see_originals",
    "GET /review": "review",
    "GET /review/<uuid:inspection_id>": "review",
    "POST /review/<uuid:inspection_id>/approve": "review",
    "POST /review/<uuid:inspection_id>/return": "review",
    "POST /review/<uuid:inspection_id>/place": "review",
    "GET /review/submissions/<uuid:submission_id>": "review",
    "POST /review/findings/<uuid:finding_id>/decide": "review",
    "POST /review/findings/<uuid:finding_id>/change": "review",
    "GET /kept": "settle_kept",
    "GET /kept/import": "settle_kept",
    "POST /kept/import": "settle_kept",
    "GET /kept/<uuid:submission_id>": "settle_kept",
    "POST /kept/<uuid:submission_id>/place": "settle_kept",
    "POST /kept/<uuid:submission_id>/visit": "settle_kept",
    "POST /kept/<uuid:submission_id>/set-aside": "settle_kept",
    "POST /kept/<uuid:submission_id>/documents/<content_hash>/set-aside": "settle_kept",
    "GET /campaigns": "see_plans",
    "GET /campaigns/new": "plan",
    "POST /campaigns/new": "plan",
    "GET /campaigns/<uuid:campaign_id>": "see_plans",
    "GET /campaigns/<uuid:campaign_id>/edit": "plan",
    "POST /campaigns/<uuid:campaign_id>/edit": "plan",
    "POST /campaigns/<uuid:campaign_id>/close": "plan",
    "POST /campaigns/<uuid:campaign_id>/reopen": "plan",
    "GET /campaigns/<uuid:campaign_id>/assign": "plan",
    "POST /campaigns/<uuid:campaign_id>/assign": "plan",
    "GET /campaigns/<uuid:campaign_id>/teams/new": "plan",
    "POST /campaigns/<uuid:campaign_id>/teams/new": "plan",
    "GET /campaigns/<uuid:campaign_id>/teams/<int:team_id>": "plan",
    "POST /campaigns/<uuid:campaign_id>/teams/<int:team_id>": "plan",
    "GET /campaigns/<uuid:campaign_id>/inspections/<uuid:inspection_id>": "see_plans",
    "POST /campaigns/<uuid:campaign_id>/inspections/<uuid:inspection_id>/reassign": "plan",
    "POST /campaigns/<uuid:campaign_id>/inspections/<uuid:inspection_id>/cancel": "plan",
    "GET /people": "manage_people",
    "GET /people/new": "manage_people",
    "POST /people/new": "manage_people",
    "GET /people/<int:person_id>": "manage_people",
    "POST /people/<int:person_id>": "manage_people",
    "POST /people/<int:person_id>/active": "manage_people",
    "POST /people/<int:person_id>/link": "manage_people",
    "GET /units": "manage_units",
    "GET /units/<code>/<start>": "manage_units",
    "GET /units/load": "manage_units",
    "POST /units/load": "manage_units",
    "POST /units/load/confirm": "manage_units",
    "GET /law": "manage_law",
    "GET /law/new": "manage_law",
    "POST /law/new": "manage_law",
    "GET /law/<int:law_id>": "manage_law",
    "POST /law/<int:law_id>": "manage_law",
    "GET /checklists": "publish_checklists plan",
    "GET /checklists/<int:version_id>": "publish_checklists plan",
    "GET /checklists/<int:version_id>/source": "publish_checklists plan",
    "GET /checklists/<int:version_id>/xform": "publish_checklists plan",
    "GET /audit": "see_audit",
}

# Of those whose role opens a door, who reaches an object of one visit behind it? Everybody else is told 404.
#   area       who may look where the visit was, and its own team
#   confirmed  the same, but officers of units only what was confirmed
#   team       the team of the visit; who may know of the visit but is not of its team is told 403
#   sender     the person who sent it
REACH = {
    "inspect.checklist": "team",
    "receipts.receipt": "area",
    "api.get_receipt": "sender",
    "api.put_submission": "sender",
    "findings.show_finding": "confirmed",
    "photos.thumb": "confirmed",
    "photos.screen": "confirmed",
    "photos.original": "area",
    "review.inspection": "area",
    "review.submission": "area",
    "review.approve": "area",
    "review.return_": "area",
    "review.place": "area",
    "review.decide": "area",
    "review.change": "area",
    "kept.show": "area",
    "kept.place": "area",
    "kept.place_in_new_visit": "area",
    "kept.set_aside": "area",
    "kept.set_document_aside": "area",
    "campaigns.show_inspection": "area",
    "campaigns.reassign": "area",
    "campaigns.cancel": "area",
}
OF_A_VISIT = {"inspection_id", "submission_id", "finding_id", "photo_id", "content_hash"}


def doors_of(app: Flask) -> list[tuple[str, Rule]]:
    """Every door the program has: `METHOD address` and its rule, in a fixed order."""
    found = [
        (f"{method} {rule.rule}", rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]
    return sorted(found, key=lambda door: door[0])


def roles_for(door: str) -> set[str]:
    """Roles that may open a door; all of them where it needs no act."""
    acts = DOORS[door].split()
    if "anyone" in acts or "signed_in" in acts:
        return set(ROLES)
    return {role for act in acts for role in ACTS[act].split()}


def is_of_a_visit(rule: Rule) -> bool:
    return bool(rule.arguments & OF_A_VISIT)
