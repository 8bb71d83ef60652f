"""What nobody needs any longer is forgotten by itself (DAT-5): counters, used codes, old answers, ended sessions."""

from accounts.database.transactions import Connection
from accounts.identity import limits, messages, phone_codes


async def forget_what_is_over(connection: Connection) -> dict[str, int]:
    """Delete counters and codes a day after they ended, messages and answers to idempotency keys after thirty."""
    return {
        "attempts": await limits.forget_attempts_within(connection),
        "codes": await phone_codes.forget_codes(connection),
        "messages": await messages.forget_old_messages(connection),
        "answers": await connection.fetchval("select identity_forget_answers()"),
    }
