"""Replies as the product gives them, for the contract server: a greeting, each input, a card of each level."""

from typing import Any

Reply = dict[str, Any]

GREETING: list[Reply] = [
    {
        "text": "Hello. I can tell you what is usual after dry needling or acupuncture, and when to get help. "
        "What you write is kept for the clinic for 90 days. You can delete it at any time."
    },
    {"text": "How do you feel since your session?"},
]

CHECK: Reply = {
    "kind": "question",
    "text": "First, a safety check. Do you have any of these now, or since your session?",
    "why": "These can be signs of something that needs help at once.",
    "input": "choice",
    "multiple": True,
    "options": [
        {"value": "chest", "label": "New trouble breathing, chest pain or tightness"},
        {"value": "swelling", "label": "Swelling of the face, lips, tongue or throat"},
        {"value": "fever", "label": "Fever or shivers, pus, or redness that spreads"},
        {"value": "none", "label": "None of these"},
        {"value": "unsure", "label": "Not sure"},
    ],
}
WHEN: Reply = {
    "kind": "question",
    "text": "When was your session?",
    "why": "Soreness is usual for two days. After that it is not.",
    "input": "choice",
    "options": [
        {"value": "today", "label": "Today"},
        {"value": "yesterday", "label": "Yesterday"},
        {"value": "longer", "label": "Two days ago or longer"},
        {"value": "unsure", "label": "Not sure"},
    ],
}
SCALE: Reply = {
    "kind": "question",
    "text": "How bad is it, from 0 to 10?",
    "input": "scale",
    "options": [{"value": "unsure", "label": "Not sure"}],
}
DATE: Reply = {
    "kind": "question",
    "text": "What day was it, and about what time?",
    "input": "datetime",
    "options": [{"value": "unsure", "label": "Not sure"}],
}
AREA: Reply = {
    "kind": "question",
    "text": "Where were the needles?",
    "input": "body_area",
    "multiple": True,
    "options": [
        {"value": value, "label": label}
        for value, label in [
            ("neck", "Neck"),
            ("head", "Head"),
            ("upper_back", "Upper back"),
            ("low_back", "Low back"),
            ("shoulder_top", "Top of the shoulder"),
            ("elbow", "Elbow"),
            ("thigh", "Thigh"),
            ("calf", "Calf"),
            ("unsure", "Not sure"),
        ]
    ],
}
CONTACT: Reply = {
    "kind": "question",
    "text": "May the clinic call you?",
    "input": "contact",
    "options": [{"value": "no", "label": "No, thank you"}],
}


def card(level: str, headline: str, **more: Any) -> Reply:
    """A reply with a result card."""
    result = {
        "level": level,
        "within": None,
        "crisis": False,
        "headline": headline,
        "call": None,
        "why": [],
        "do": [],
        "avoid": [],
        "expect": None,
        "get_help_if": [],
        "sources": [{"document": "Dry Needling Side Effects", "section": "1. Muscle Soreness", "added": None}],
        "rules": ["SOR-0"],
        **more,
    }
    return {"kind": "result", "text": headline, "result": result}


SELF_CARE = card(
    "self_care",
    "This sounds like the usual soreness. You can look after it at home.",
    why=[
        "Your muscles are sore in the treated area.",
        "Your session was yesterday.",
        "It is a 3 out of 10 and not getting worse.",
    ],
    do=[
        "Put something warm on it for 15 minutes.",
        "Drink water through the day.",
        "Move gently and rest when you need to.",
    ],
    avoid=["Hard exercise until tomorrow."],
    expect="It should be gone by Tuesday afternoon, 48 hours after your session.",
    get_help_if=[
        "It lasts past Tuesday afternoon, or gets worse.",
        "You see redness or swelling, or the skin feels warm.",
    ],
)
CONTACT_CLINIC = card(
    "contact_clinic",
    "Please contact the clinic on the next working day.",
    within="next_working_day",
    call={"label": "Call the clinic", "tel": "+15550100"},
    why=["A bruise larger than your palm should be looked at."],
    do=["Rest the arm.", "Hold a wrapped cold pack on it for 10 minutes."],
    avoid=["Rubbing the bruise."],
    get_help_if=["It grows, or the arm feels cold or numb."],
)
URGENT = card(
    "urgent",
    "See a doctor today.",
    within="today",
    call={"label": "Call the clinic", "tel": "+15550100"},
    why=["Red, warm and sore skin three days after needles could be a sign of an infection."],
    do=["Call the clinic and say what you told me.", "Mark the edge of the redness with a pen."],
    avoid=["Squeezing the place."],
    get_help_if=["You get shivers or a fever above 38 °C.", "A red line runs from the place."],
    sources=[
        {"document": "Increased back pain after acupuncture", "section": "When to Contact", "added": None},
        {"document": "Published guidance", "section": "Skin infection", "added": "three days is late for redness"},
    ],
)
EMERGENCY = card(
    "emergency",
    "Get emergency help now.",
    within="now",
    call={"label": "Call 911", "tel": "911"},
    why=["Trouble breathing after needles near the chest could be a sign of a collapsed lung."],
    do=["Sit upright and stay with somebody.", "Tell them when and where you had the needles."],
    sources=[],
)
CRISIS = card(
    "emergency",
    "I am glad that you told me. Please talk to somebody now.",
    within="now",
    crisis=True,
    call={"label": "Call or text 988", "tel": "988"},
    do=[
        "If you are in danger right now, call 911.",
        "Stay with somebody you trust.",
        "Move away from anything you could hurt yourself with.",
    ],
    sources=[],
)
HOSTILE = (
    '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script> '
    "\u202e119 llac\u202c [x](javascript:alert(1))"
)

ANSWERS: dict[str, list[Reply]] = {
    "": [{"text": "Thank you. Tell me more about it."}],
    "sore": [CHECK],
    "none": [WHEN],
    "yesterday": [SELF_CARE],
    "when": [WHEN],
    "check": [CHECK],
    "scale": [SCALE],
    "date": [DATE],
    "area": [AREA],
    "contact": [CONTACT],
    "bruise": [CONTACT_CLINIC],
    "red": [URGENT],
    "chest": [EMERGENCY],
    "crisis": [CRISIS],
    "hostile": [
        {"text": HOSTILE, "kind": "question", "input": "choice", "options": [{"value": HOSTILE, "label": HOSTILE}]},
        card("urgent", HOSTILE, why=[HOSTILE], call={"label": HOSTILE, "tel": "javascript:alert(1)"}),
    ],
}
