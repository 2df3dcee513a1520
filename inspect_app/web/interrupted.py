"""Posts whose session ended while their page was being filled: what was typed is kept for the person it was made for.

A checklist becomes that person's draft, photos included; the fields of other forms travel through the sign-in page.
Who else signs in on the same phone gets nothing of it and is told so. Strangers' posts are not read at all.
"""

from flask import Flask, flash, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as AnyResponse

from inspect_app.domain.problems import N_, Forbidden, NotFound, TooMany
from inspect_app.operations import sending
from inspect_app.operations.desk import viewer_of
from inspect_app.operations.throttling import count_failure
from inspect_app.storage.people import PersonRow
from inspect_app.storage.units import get_gazetteer

from . import carried, errors
from .access import is_for_machines
from .inspect import DROPPED, asked_at, read_page
from .page_author import PageAuthor, find_opened, find_page_author, names_a_person
from .services import desk_on, services
from .sign_in import SignInScreen
from .uploads import allow_large_post, files_dropped

LARGEST_PAGE = 256 * 1024 * 1024  # bytes of a checklist from a browser that is not signed in
KEPT = N_(
    "Phiên đăng nhập đã hết. Những gì anh/chị đã nhập được giữ lại; hãy đăng nhập bằng đúng tài khoản đó để tiếp tục."
)
KEPT_OWN = N_(
    "Trang được mở từ phiên đăng nhập trước nên chưa gửi. Mọi câu trả lời và ảnh đã được giữ lại; hãy xem lại rồi gửi."
)
KEPT_FOR_OTHER = N_(
    "Phiếu này do tài khoản khác mở trên máy này nên không gửi bằng tên của anh/chị. Nội dung đã được giữ làm bản nháp "
    "của người đó."
)
OTHERS_PAGE = N_(
    "Trang này do tài khoản khác mở trên máy này nên chưa ghi gì. Hãy bấm nút quay lại của trình duyệt để xem lại."
)
TOO_OFTEN = N_(
    "Đã nhiều lần gửi mà chưa đăng nhập. Hãy đăng nhập ở một thẻ khác, rồi quay lại trang này và gửi."
)


def install(app: Flask) -> None:
    @app.before_request
    def _forget_ended_session() -> None:
        # A session that was ended may not draw pages in its person's name any more.
        if request.endpoint in ("static", "versioned") or not names_a_person(session.get("csrf_token")):
            return
        if not current_user.is_authenticated:
            del session["csrf_token"]

    @app.errorhandler(CSRFError)
    def _csrf(_error: CSRFError) -> AnyResponse:
        unsaid = is_for_machines() or carried.is_of_passwords()
        author = None if unsaid else find_page_author(request.form.get("csrf_token"))
        if author is None or not current_user.is_authenticated:
            return errors.answer(400, _(errors.STALE))
        own = author.person_id == current_user.person_id
        if request.endpoint == "inspect.checklist":
            return _outlived_checklist(author, own)
        typed = carried.of_request(author.person_id)
        if not own:
            return errors.answer(400, _(OTHERS_PAGE))
        return errors.answer(400, _(errors.STALE)) if typed.files else carried.offer(typed, 400)


def rescue() -> AnyResponse | None:
    """The answer to an anonymous post of a page we drew for somebody; None for all others."""
    if request.method != "POST" or is_for_machines() or carried.is_of_passwords():
        return None
    return _rescue_checklist() if request.endpoint == "inspect.checklist" else _rescue_fields()


def _rescue_checklist() -> AnyResponse | None:
    opened_in = find_opened()
    if opened_in is None:
        return None
    _count(opened_in)
    allow_large_post(min(services().settings.upload_limit, LARGEST_PAGE))
    author = find_page_author(request.form.get("csrf_token"))
    if author is None or not _keep_as_draft(author):
        return None
    flash(_(KEPT))
    if files_dropped():
        flash(_(DROPPED), "error")
    return redirect(url_for("sign_in.login", next=request.path), 303)


def _count(session_token: str) -> None:
    """An ended session may not fill the store: a few posts an hour are read, then it has to wait."""
    keys = [f"page:{session_token}"]
    with services().database.writing.begin() as session:
        try:
            count_failure(session, services().clock(), keys)
        except TooMany as problem:
            raise TooMany(TOO_OFTEN) from problem


def _rescue_fields() -> AnyResponse | None:
    request.max_content_length = carried.LARGEST
    author = find_page_author(request.form.get("csrf_token"))
    typed = carried.of_request(author.person_id) if author else None
    if typed is None or typed.files:
        return None
    page = render_template(
        "sign_in/login.html", screen=SignInScreen(formdata=None), target="/", fault=None,
        news=_(KEPT), carried=carried.seal(typed),
    )  # fmt: skip
    return make_response(page, 401)


def _outlived_checklist(author: PageAuthor, own: bool) -> AnyResponse:
    if not _keep_as_draft(author):
        return errors.answer(400, _(errors.STALE))
    if not own:
        return errors.answer(403, _(KEPT_FOR_OTHER))
    flash(_(KEPT_OWN))
    if files_dropped():
        flash(_(DROPPED), "error")
    return redirect(request.path, 303)


def _keep_as_draft(author: PageAuthor) -> bool:
    """Whether the post is now in the author's draft: not if they may not fill this visit (any more)."""
    service, inspection_id = services(), str((request.view_args or {})["inspection_id"])
    with service.database.reading() as reading:
        person = reading.get(PersonRow, author.person_id)
        if person is None:
            return False
        viewer = viewer_of(person, get_gazetteer(reading))
        try:
            asked = asked_at(desk_on(reading, viewer), inspection_id)
        except (Forbidden, NotFound):
            return False
    page, _posted = read_page(asked)
    with service.database.writing.begin() as writing:
        return sending.keep_interrupted(desk_on(writing, viewer), inspection_id, page, author.made_at)
