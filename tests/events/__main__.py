from tests.events import EVENTS, file, text

for name in EVENTS:
    file(name).write_text(text(name))
    print(file(name).name)
