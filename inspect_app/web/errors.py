"""Turns every Problem into one shape: a page for people, JSON for /api/. Unknown errors say nothing of the inside."""

import logging

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask_babel import gettext
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from inspect_app.domain.problems import N_, Problem

from . import carried
from .access import is_for_machines
from .language import term

log = logging.getLogger(__name__)

TEXTS = {
    400: N_("Yêu cầu không đọc được. Hãy tải lại trang rồi thử lại."),
    404: N_("Không tìm thấy trang này."),
    405: N_("Không thể làm việc này tại địa chỉ này."),
    413: N_(
        "Dữ liệu gửi lên quá lớn nên chưa nhận. Hãy bấm nút quay lại của trình duyệt: những gì đã nhập vẫn còn ở đó. "
        "Rồi gửi ít ảnh hơn mỗi lần."
    ),
    429: N_("Quá nhiều lần thử. Hãy đợi một lát rồi thử lại."),
    500: N_("Máy chủ gặp lỗi. Dữ liệu đã nhận vẫn an toàn; hãy thử lại sau ít phút."),
    503: N_("Máy chủ đang bận nên chưa ghi được. Hãy đợi vài giây rồi thử lại."),
}
STALE = N_(
    "Phiên làm việc đã đổi nên chưa gửi. Hãy bấm nút quay lại của trình duyệt: những gì đã nhập vẫn còn ở đó. Chép lại "
    "phần quan trọng, tải lại trang rồi gửi."
)
OVERTAKEN = N_("Người khác vừa sửa mục này. Chưa có gì bị ghi đè: hãy tải lại trang rồi quyết định.")


def answer(status: int, message: str, fields: dict[str, str] | None = None) -> Response:
    """The one shape of an error."""
    if is_for_machines() or request.accept_mimetypes.best == "application/json":
        response = jsonify(error={"status": status, "message": message, "fields": fields or {}})
    else:
        typed = carried.of_failed_request()
        response = make_response(
            render_template("error.html", status=status, message=message, fields=fields, typed=typed)
        )
    response.status_code = status
    return response


def say(problem: Problem) -> str:
    """The sentence of a problem in the language of the screen."""
    return term(problem.sentence)


def say_fields(problem: Problem) -> dict[str, str]:
    return {name: term(text) for name, text in problem.fields.items()}


def install(app: Flask) -> None:
    @app.errorhandler(Problem)
    def _problem(problem: Problem) -> Response:
        return answer(problem.status, say(problem), say_fields(problem))

    @app.errorhandler(StaleDataError)
    def _stale(_error: StaleDataError) -> Response:
        return answer(409, gettext(OVERTAKEN))

    @app.errorhandler(OperationalError)
    def _busy(error: OperationalError) -> Response:
        log.error("database error at endpoint %s", request.endpoint, exc_info=error)
        try:
            return answer(503, gettext(TEXTS[503]))
        except OperationalError:  # not busy but gone
            return _bare_page(503, gettext(TEXTS[503]))

    @app.errorhandler(DataError)
    def _unfit(_error: DataError) -> Response:
        """A NUL in a search, a text longer than its column: PostgreSQL says so where SQLite finds or keeps nothing."""
        log.warning("a value that no column holds, at endpoint %s", request.endpoint)
        return answer(400, gettext(TEXTS[400]))

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response | HTTPException:
        code = error.code or 500
        return error if code < 400 else answer(code, gettext(TEXTS.get(code, TEXTS[400])))

    @app.errorhandler(Exception)
    def _unknown(error: Exception) -> Response:
        log.exception("unexpected error at endpoint %s", request.endpoint, exc_info=error)
        try:
            return answer(500, gettext(TEXTS[500]))
        except Exception:  # the page asks who is signed in, which takes the database that has just failed
            return _bare_page(500, gettext(TEXTS[500]))


def _bare_page(status: int, message: str) -> Response:
    """An error page that asks the database nothing, and gives back what was typed all the same."""
    page = current_app.jinja_env.get_template("error_bare.html")
    typed = carried.of_failed_request()
    return Response(page.render(message=message, typed=typed), status, mimetype="text/html")
