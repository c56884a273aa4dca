"""How soon a started product answers: `python -m bench.starts`. A few minutes; writes bench/results/starts.md.

Apart from `aftercare bench`, because it needs no stock Rasa. From the start of `aftercare serve`, with the language
model trained: until the gateway answers, until it opens a conversation, and until a message gets its answer from Rasa.
"""

from datetime import date

from bench.pages import page_command
from bench.speed import Plan, machine, start_times, starts
from bot.training import train

STARTS, MOST_S = 5, 2


def report(short: bool) -> str:
    """Start the product some times, once when short, and return a page of Markdown."""
    train()
    number = 1 if short else STARTS
    size, found = machine(), start_times(starts(Plan(starts=number), None))
    busy = f"{size['cores']} cores (load {size['load_before']} before)"
    lines = ["# How soon it answers after the start", ""]
    lines += [f"Made {date.today():%-d %B %Y} on {busy}, {number} starts."]
    lines += [f"The gateway should answer within {MOST_S} s; it holds messages until Rasa is ready.", ""]
    lines += ["| seconds until | middle | lowest | highest |", "|---|---|---|---|"]
    took = {
        "the gateway answers": found["gateway_answers_s"],
        "a conversation opens": found["conversation_opens_s"],
        "a message gets its answer": found["ready_s"]["ours"],
    }
    lines += [f"| {name} | {one['middle']} | {one['low']} | {one['high']} |" for name, one in took.items()]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    page_command(__doc__, "starts.md", report)
