"""Every page of the console, and what it takes to see it. Nothing is reachable that is not in this table."""

from bot.console.guard import HALF, PUBLIC, Page
from bot.console.pages import conversation, deeds, entrance, exports, improve, learn, people, queue, search
from bot.records.staff import ADMIN, CLINICIAN, VIEWER

ONE = "/conversations/{conversation_id}"

PAGES: tuple[Page, ...] = (
    Page("GET", "/login", entrance.login_form, PUBLIC),
    Page("POST", "/login", entrance.login, PUBLIC),
    Page("GET", "/second-factor", entrance.factor_form, HALF),
    Page("POST", "/second-factor", entrance.give_factor, HALF),
    Page("POST", "/logout", entrance.logout, HALF),
    Page("GET", "/", queue.queue, VIEWER, views="view queue"),
    Page("GET", "/live", queue.live, VIEWER, live=True),
    Page("GET", "/escalations/{escalation_id:int}", queue.escalation, VIEWER),
    Page("GET", "/search", search.search, VIEWER, views="view search"),
    Page("GET", "/search.csv", search.as_csv, CLINICIAN, views="export csv"),
    Page("GET", "/search.jsonl", search.as_json_lines, CLINICIAN, views="export json lines"),
    Page("GET", ONE, conversation.conversation, VIEWER, views="view"),
    Page("GET", f"{ONE}/print", conversation.printed, VIEWER, views="view print"),
    Page("GET", f"{ONE}/export.json", exports.as_json, CLINICIAN, views="export json"),
    Page("GET", f"{ONE}/fhir.json", exports.as_fhir, CLINICIAN, views="export fhir"),
    Page("POST", f"{ONE}/contact", conversation.contact, CLINICIAN),
    Page("POST", f"{ONE}/escalations/{{escalation_id:int}}/acknowledge", deeds.acknowledge, CLINICIAN),
    Page("POST", f"{ONE}/escalations/{{escalation_id:int}}/close", deeds.close, CLINICIAN),
    Page("POST", f"{ONE}/call", deeds.call, CLINICIAN),
    Page("POST", f"{ONE}/assign", deeds.assign, CLINICIAN),
    Page("POST", f"{ONE}/note", deeds.note, CLINICIAN),
    Page("POST", f"{ONE}/tags", deeds.tag, CLINICIAN),
    Page("POST", f"{ONE}/flag", deeds.flag, CLINICIAN),
    Page("POST", f"{ONE}/reviewed", deeds.unflag, CLINICIAN),
    Page("POST", f"{ONE}/hold", deeds.hold, ADMIN),
    Page("POST", f"{ONE}/messages/{{message_id}}/correct", improve.correct, CLINICIAN),
    Page("GET", "/improve", improve.improve, VIEWER, views="view improve"),
    Page("GET", "/improve/nlu.yml", improve.nlu_file, CLINICIAN, views="export training examples"),
    Page("GET", "/improve/tests.yml", improve.tests_file, CLINICIAN, views="export conversation tests"),
    Page("POST", "/improve/exported", improve.mark_exported, CLINICIAN),
    Page("POST", "/sample", improve.draw, CLINICIAN),
    Page("GET", "/sample/{review_id:int}", improve.reading, CLINICIAN, views="view sample"),
    Page("POST", "/sample/{review_id:int}", improve.give_reading, CLINICIAN),
    Page("GET", "/learn", learn.learn, VIEWER, views="view dashboard"),
    Page("GET", "/learn/{chart}.csv", learn.chart_csv, VIEWER, views="export chart"),
    Page("GET", "/account", people.account, VIEWER),
    Page("POST", "/account/password", people.new_password, VIEWER),
    Page("POST", "/account/factor", people.begin_factor, VIEWER),
    Page("POST", "/account/factor/confirm", people.confirm_factor, VIEWER),
    Page("POST", "/account/factor/end", people.end_factor, VIEWER),
    Page("GET", "/people", people.people, ADMIN, views="view people"),
    Page("POST", "/people", people.add, ADMIN),
    Page("POST", "/people/{staff_id:int}", people.change, ADMIN),
    Page("GET", "/audit", people.audit_log, ADMIN, views="view audit log"),
)
