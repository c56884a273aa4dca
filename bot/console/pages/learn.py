"""The dashboard and the safety scoreboard."""

from datetime import datetime, time, timedelta, timezone
from typing import Any

from starlette.responses import Response

from bot.console import dashboard
from bot.console.charts import Chart
from bot.console.measured import red_flag_recall
from bot.console.sheets import csv_response
from bot.console.visit import Refused, Visit, not_found
from bot.records import review_sample, review_stats
from bot.records.review_stats import Period

PERIODS = {"7": "7 days", "30": "30 days", "90": "90 days", "365": "a year"}
USUAL = "30"


def learn(visit: Visit) -> Response:
    """Show every chart and the scoreboard."""
    period, asked = _asked(visit)
    with visit.desk.database.read() as connection:
        charts = [draw(connection, period, asked) for draw in dashboard.CHARTS.values()]
        safety = review_stats.safety(connection, visit.now)
        readings = review_sample.readings(connection)
    shown: dict[str, Any] = {"charts": charts, "safety": safety, "readings": len(readings), "periods": PERIODS}
    shown["recall"] = red_flag_recall()
    query = visit.request.url.query
    return visit.page("learn.html", asked=visit.request.query_params, usual=USUAL, query=query, **shown)


def chart_csv(visit: Visit) -> Response:
    """Return the data of one chart."""
    draw = dashboard.CHARTS.get(visit.path("chart"))
    if draw is None:
        raise not_found()
    period, asked = _asked(visit)
    with visit.desk.database.read() as connection:
        chart: Chart = draw(connection, period, asked)
    return csv_response(f"{chart.id}.csv", chart.columns, chart.lines)


def _asked(visit: Visit) -> tuple[Period, dict[str, Any]]:
    given = visit.request.query_params
    days, treatments = given.get("days") or USUAL, given.get("treatments") or ""
    treatment = given.get("treatment") or None
    if days not in PERIODS or treatment not in (None, "dry_needling", "acupuncture"):
        raise Refused(400, "Choose from the lists.")
    if treatments and (not treatments.isdecimal() or not 0 < int(treatments) < 10_000_000):
        raise Refused(400, "The number of treatments is a whole number.")
    tomorrow = datetime.combine(visit.now.astimezone(timezone.utc), time(), timezone.utc) + timedelta(days=1)
    period = Period(tomorrow - timedelta(days=int(days)), tomorrow)
    return period, {"treatments": int(treatments) if treatments else None, "treatment": treatment}
