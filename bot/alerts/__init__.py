"""Telling the clinic that something waits: by e-mail, webhook or any service apprise knows.

Alerts are written to the outbox in the transaction that calls for them (`bot.records.outbox`). `worker` sends
them; `planning` decides who is told and who comes next when nobody answers; `channels` carries the message. A
message holds no health details and no words of the patient: only how soon to look, and a link.
"""
