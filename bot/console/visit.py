"""One request as a page sees it: who asks, what the form holds, and how to answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.console.rendering import render
from bot.console.settings import Desk
from bot.records import audit, staff
from bot.records.database import Connection

ORDER = staff.ROLES
"""Roles from the least to the most that may be done; each includes those before it."""


class Refused(Exception):
    """The request cannot be carried out; the person reads `text` on a page with this status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def not_found() -> Refused:
    """Return the refusal for something that is not there (or not under this address)."""
    return Refused(404, "There is nothing at this address. It may have been erased by the patient.")


@dataclass(frozen=True)
class Member:
    """The staff member who is logged in.

    csrf: what every form must carry. held: what the browser holds for the session.
    """

    id: int
    name: str
    display_name: str
    role: str
    csrf: str
    held: str
    second_factor_due: bool = False

    def may(self, role: str) -> bool:
        """Whether this person's role includes `role`."""
        return ORDER.index(self.role) >= ORDER.index(role)


@dataclass(frozen=True)
class Visit:
    """One request."""

    request: Request
    desk: Desk
    now: datetime
    member_or_none: Member | None = None
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def member(self) -> Member:
        """The staff member; pages that need a role always have one."""
        assert self.member_or_none is not None
        return self.member_or_none

    @property
    def base(self) -> str:
        """Where the console is mounted, such as "/staff"."""
        return str(self.request.scope.get("root_path", ""))

    @property
    def address(self) -> str | None:
        """The network address of the browser."""
        return self.request.client.host if self.request.client else None

    def here(self, path: str) -> bool:
        """Whether this is the page at a path of the console, or one below it."""
        current = self.request.url.path.removeprefix(self.base)
        return current == path or (path != "/" and current.startswith(path + "/"))

    def path(self, name: str) -> str:
        """Return a part of the address that the route names."""
        return str(self.request.path_params[name])

    def number(self, name: str) -> int:
        """Return a part of the address that is a number."""
        return int(self.request.path_params[name])

    def field(self, name: str, longest: int = 2000) -> str:
        """Return what was typed into a field of the form, without outer blanks, shortened to `longest`."""
        return self.form.get(name, "").strip()[:longest]

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """Return a page made from a template."""
        return HTMLResponse(self.html(template, **values), status)

    def html(self, template: str, **values: Any) -> str:
        """Return a template filled in."""
        return render(template, visit=self, desk=self.desk, member=self.member_or_none, base=self.base, **values)

    def go(self, path: str, said: str | None = None) -> Response:
        """Send the browser on to a page of the console; `said` is the key of a notice shown there."""
        query = "?" + urlencode({"said": said}) if said else ""
        return RedirectResponse(f"{self.base}{path}{query}", 303)

    def audit(
        self,
        connection: Connection,
        action: str,
        subject: str,
        subject_id: str | None,
        details: dict[str, Any] | None = None,
    ) -> None:
        """Write what this person does into the audit log, in the transaction of the deed."""
        audit.write(connection, self.member.name, action, subject, subject_id, self.now, details, self.address)
