"""What the demo's users say: titles, descriptions, hashtags and comments."""

import random
from collections.abc import Sequence
from pathlib import PurePosixPath

_ADJECTIVES = (
    *("Amber", "Brave", "Crooked", "Distant", "Drowsy", "Electric", "Faded", "Gentle", "Golden", "Hidden"),
    *("Hollow", "Humming", "Last", "Lonely", "Lucky", "Mellow", "Midnight", "Misty", "Northern", "Odd", "Quiet"),
    *("Restless", "Rusty", "Salty", "Secret", "Silver", "Sleepy", "Slow", "Sunken", "Tiny", "Velvet", "Wandering"),
    *("Wild", "Windy", "Winter"),
)

_NOUNS = {
    "creature": ("Slime", "Imp", "Gremlin", "Familiar", "Guardian", "Sprout", "Goblin", "Companion", "Boss"),
    "potion": ("Potion", "Elixir", "Tonic", "Antidote", "Remedy", "Brew"),
    "gem": ("Gem", "Crystal", "Shard", "Relic", "Heartstone"),
    "mushroom": ("Mushroom", "Toadstool", "Spore", "Fungus"),
    "landscape": ("Ridge", "Valley", "Lake", "Horizon", "Highlands", "Pass", "Shore"),
    "island": ("Island", "Atoll", "Archipelago", "Isle", "Map"),
    "planet": ("Planet", "World", "Moon", "Giant", "Orbit"),
    "city": ("Skyline", "District", "Rooftops", "Harbour", "Avenue"),
    "plasma": ("Currents", "Aurora", "Nebula", "Heat"),
    "kaleidoscope": ("Mosaic", "Tile", "Carpet", "Kaleidoscope"),
    "weave": ("Weave", "Ribbons", "Knot", "Labyrinth"),
    "blossom": ("Blossom", "Flower", "Bloom", "Petals"),
    "automaton": ("Automaton", "Sierpinski", "Signal", "Fabric", "Static"),
}

_CODAS = ("", "", "", "", "", " at Dusk", " II", " (study)", " in Spring", " by Night", ", remastered", " No. 7", " 🌙")

_DESCRIPTIONS = (
    "Made in one evening. The dithering took longer than the drawing.",
    "Seven colours a ramp, no more. Limits are good for me.",
    "Part of a series that I promised to finish this year.",
    "For the weekly challenge; the theme was “{theme}”.",
    "An old sketch with a new palette.\nZoom in, it is worth it!",
    "Warm-up before work. Comments welcome.",
    "A present for everybody who asked for more {theme}.",
    "Redrawn from memory after a disk died. I like this one better.",
)

_TAGS = ("wip", "challenge", "palette", "dithering", "retro", "game", "tileset", "cosy", "night", "tiny", "sketch")

COMMENTS = (
    "The colours!",
    "Love the dithering here.",
    "This would make a great sticker.",
    "How many colours is this? Looks like so few.",
    "I could stare at this all day.",
    "So cosy ☕",
    "That shading is *chef's kiss*",
    "Would you share the palette?",
    "Reminds me of a handheld I had as a kid.",
    "Day made.",
    "First!",
    "The outline really makes it pop.",
    "More of these, please 🙏",
    "Tiny but mighty.",
    "Set it as my avatar, hope that is fine (with credit, of course).",
    "Is there an animated version?",
    "The negative space does so much work.",
    "素敵です！",
    "¡Qué bonito!",
    "I tried to redraw this and failed at the light. How?",
)

UNWELCOME = ("Cheap followers, click my profile!!!", "meh", "(this comment was written in anger)")

EMOJI = ("❤️", "🔥", "👏", "😍", "✨", "🎉", "👀", "🤯")
EMOJI_WEIGHTS = (40, 22, 12, 10, 8, 4, 3, 1)


def title(rng: random.Random, kind: str) -> str:
    return f"{rng.choice(_ADJECTIVES)} {rng.choice(_NOUNS[kind])}{rng.choice(_CODAS)}"


def description(rng: random.Random, kind: str) -> str | None:
    """Two posts of three have one."""
    return rng.choice(_DESCRIPTIONS).format(theme=kind) if rng.random() < 0.66 else None


def hashtags(rng: random.Random, *always: str) -> list[str]:
    return list(dict.fromkeys(("pixelart", *always, *rng.sample(_TAGS, rng.choice((0, 0, 1, 2, 3))))))


def title_of_file(name: str) -> str:
    """A file's name as a title: ``sprites/blue_slime-02.png`` becomes “Blue slime 02”."""
    words = PurePosixPath(name).stem.replace("_", " ").replace("-", " ").split()
    text = " ".join(words)[:200] or "Untitled"
    return text[0].upper() + text[1:]


def hashtags_of_file(name: str) -> Sequence[str]:
    """The folders that a file lies in, as hashtags."""
    folders = PurePosixPath(name).parts[:-1]
    return ["".join(c for c in folder.lower() if c.isalnum())[:50] for folder in folders]
