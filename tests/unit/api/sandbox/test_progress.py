"""Work moves along by its script until somebody else decides."""

import asyncio

from api.dispatch.signatures import Keys
from api.sandbox.department import Channel, Department, Offer, Work
from api.sandbox.progress import Progress
from api.sandbox.script import read_script

OFFER = Offer(Channel.WEBHOOK, key="key", case_id="case", what="pothole", content={})
KEYS = Keys.read("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")


def words(work: Work) -> list[str]:
    return [word.status for word in work.history]


async def work_along(*, cancelled: bool = False, by_hand: str | None = None) -> Work:
    department = Department(read_script(b"rules: [{steps: [accept, delay: 0.01, finish]}]"))
    progress = Progress(department, keys=KEYS, callback_url=None)
    work = department.take(OFFER)
    progress.begin(work)
    progress.begin(work)  # as when the same message comes again
    if cancelled:
        department.cancel(OFFER)
    if by_hand:
        await progress.advance(work.number, by_hand)
    await asyncio.sleep(0.1)
    await progress.stop()
    return work


def test_a_script_is_followed_once_to_its_end() -> None:
    work = asyncio.run(work_along())
    assert words(work) == ["received", "accepted", "done"]
    assert work.repaired is True


def test_what_is_cancelled_goes_no_further() -> None:
    assert words(asyncio.run(work_along(cancelled=True))) == ["received", "cancelled"]


def test_a_work_that_a_person_moves_leaves_its_script() -> None:
    assert words(asyncio.run(work_along(by_hand="suspended"))) == ["received", "suspended"]
