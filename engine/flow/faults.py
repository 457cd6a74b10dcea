from engine.flow.errors import Fault


def misread(home, missing):
    return [Fault("", m, "missing", m) for m in missing]
