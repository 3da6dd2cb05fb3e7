"""Checks calendar.yml: `python -m helpdesk.working_time`; ends with 1 where it cannot be used."""

import sys

from helpdesk import clock
from helpdesk.working_time.calendar_file import CalendarError, reviewed_calendar


def main() -> None:
    """Print problems and warnings."""
    try:
        reviewed = reviewed_calendar()
    except CalendarError as error:
        sys.exit(str(error))
    for warning in reviewed.warnings(clock.local(clock.now()).date()):
        sys.stdout.write(f"warning: {warning}\n")
    sys.stdout.write(f"reviewed for: {', '.join(str(year) for year in sorted(reviewed.certain_years))}\n")


if __name__ == "__main__":
    main()
