"""A browser's name for people, from its User-Agent: “Firefox 145 on Linux”."""

import re

# In this order: most claim to be Chrome or Safari as well.
_BROWSERS = (
    ("Edge", r"\bEdg(?:e|A|iOS)?/(\d+)"),
    ("Opera", r"\b(?:OPR|OPT)/(\d+)"),
    ("Samsung Internet", r"\bSamsungBrowser/(\d+)"),
    ("Firefox", r"\b(?:Firefox|FxiOS)/(\d+)"),
    ("Chrome", r"\b(?:Headless)?(?:Chrome|CriOS|Chromium)/(\d+)"),
    ("Safari", r"\bVersion/(\d+)[\d.]* (?:Mobile/\w+ )?Safari/"),
)
_SYSTEMS = (
    ("an iPhone", r"\biPhone\b"),
    ("an iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows NT\b"),
    ("macOS", r"\bMac OS X\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Linux", r"\b(?:Linux|X11)\b"),
)
_PHONES = re.compile(r"\biPhone\b|\bAndroid\b.*\bMobile\b")
MAX_LETTERS = 300


def name_of(user_agent: str) -> tuple[str, bool]:
    """The name, and whether it is a phone; of an unknown one the first word that it sends."""
    browser = next((f"{name} {m[1]}" for name, sign in _BROWSERS if (m := re.search(sign, user_agent))), "")
    system = next((name for name, sign in _SYSTEMS if re.search(sign, user_agent)), "")
    name = " on ".join(filter(None, (browser or user_agent[:40].partition(" ")[0] or "A browser", system)))
    return name, _PHONES.search(user_agent) is not None
