"""The four levels and how soon, in their full order (protocol D0.1)."""

from dataclasses import dataclass

SELF_CARE, CONTACT_CLINIC, URGENT, EMERGENCY = "self_care", "contact_clinic", "urgent", "emergency"
NEXT_WORKING_DAY, TODAY, NOW = "next_working_day", "today", "now"


@dataclass(frozen=True)
class Disposition:
    """A level and how soon it must happen; `within` is None for self_care only."""

    level: str
    within: str | None

    @property
    def rank(self) -> int:
        """Position in ORDER: 0 for self_care up to 5 for emergency."""
        return ORDER.index(self)


ORDER = (
    Disposition(SELF_CARE, None),
    Disposition(CONTACT_CLINIC, NEXT_WORKING_DAY),
    Disposition(CONTACT_CLINIC, TODAY),
    Disposition(URGENT, TODAY),
    Disposition(URGENT, NOW),
    Disposition(EMERGENCY, NOW),
)
HOME, NEXT_DAY_CLINIC, CLINIC_TODAY, DOCTOR_TODAY, DOCTOR_NOW, AMBULANCE = range(6)

# D0.3: what an unsure answer counts as, by the rank of the rule that the fact would decide.
UNSURE_COUNTS_AS = {
    HOME: HOME,
    NEXT_DAY_CLINIC: NEXT_DAY_CLINIC,
    CLINIC_TODAY: NEXT_DAY_CLINIC,
    DOCTOR_TODAY: CLINIC_TODAY,
    DOCTOR_NOW: CLINIC_TODAY,
    AMBULANCE: DOCTOR_TODAY,
}
