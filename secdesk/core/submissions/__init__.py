"""A form sent twice makes one thing: double clicks, back-and-resend, two editors of one record."""
