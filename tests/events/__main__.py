from tests.events import EVENTS, PICTURE, SEVEN, file, text

for name in EVENTS:
    file(name).write_text(text(name))
    print(file(name).name)
PICTURE.write_bytes(SEVEN)
print(PICTURE.name)
