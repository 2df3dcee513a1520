"""The fault suite: everything that goes wrong with a phone in the field, and what the office holds afterwards.

stage.py      the house (server behind a bad network, people), phones in a real Chromium, the count
phone.py      an inspector's phone: what was given on it, and what the person was told
truth.py      compares what was given with what the server holds
killing.py, keeping.py, network.py, serving.py, people.py, updating.py   the faults
__main__.py   `make faults`: a line a fault and a total
"""
