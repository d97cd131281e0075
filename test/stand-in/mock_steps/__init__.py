"""The parts of the stand-in for mock, whose program is `mock` beside this folder."""
