"""The conversation log: what patients wrote, what they were told, and what staff did about it.

Every function takes a connection first, so that several of them make one transaction:

    with database.write() as connection:
        messages.receive(connection, ...)
"""
