"""Names of goods: a maker's word and a thing, each pair spoken once in the whole mall before it is varied."""

from random import Random

from galleria.demo.world.model import Text

_WEARABLE = (
    Text("雾蓝", "in Mist Blue"),
    Text("燕麦色", "in Oat"),
    Text("松针绿", "in Pine"),
    Text("陶土红", "in Terracotta"),
    Text("石墨灰", "in Graphite"),
)
_OTHER = (
    Text("礼盒装", "Gift Edition"),
    Text("季节限定", "Seasonal Edition"),
    Text("家庭装", "Family Size"),
    Text("周年款", "Anniversary Edition"),
)


class Naming:
    """The names of one family of goods, handed out one at a time."""

    def __init__(self, family: dict[str, str], names: list[tuple[Text, str]]) -> None:
        self.family = family
        self._names = names
        self._taken = 0

    def take(self) -> tuple[Text, str]:
        """Return the next name and its icon; past the end, names come again in a named edition."""
        round_, position = divmod(self._taken, len(self._names))
        self._taken += 1
        name, icon = self._names[position]
        if round_ == 0:
            return name, icon
        dyed = self.family["tint"] == "1" and not self.family["category"].startswith("beauty")
        editions = _WEARABLE if dyed else _OTHER
        edition = editions[(round_ - 1 + position) % len(editions)]
        joint = " " if edition.en.startswith("in ") else ", "
        return Text(f"{name.zh} · {edition.zh}", f"{name.en}{joint}{edition.en}"), icon


def names_of(rng: Random, family: dict[str, str]) -> Naming:
    """Pair every thing of the family with the words that suit it."""
    words = [Text(*entry.split("=")) for entry in family["modifiers"].split(";")]
    icons = [icon for icon in family["icons"] if icon != "\ufe0f"]
    names: list[tuple[Text, str]] = []
    for number, entry in enumerate(family["nouns"].split(";")):
        entry_, _, allowed = entry.partition("#")
        pair, _, icon = entry_.partition("@")
        zh, en = pair.split("=")
        for position, word in enumerate(words):
            if not allowed or str(position) in allowed:
                own = icon or icons[(number + position) % len(icons)]
                names.append((Text(word.zh + zh, f"{word.en} {en}"), own[0]))
    rng.shuffle(names)
    return Naming(family, names)
