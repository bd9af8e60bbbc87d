"""Text: words that people read, in Spanish and English at once; who shows them chooses which."""

from __future__ import annotations

from typing import NamedTuple, Self


class Text(NamedTuple):
    """The same words in both languages."""

    es: str
    en: str

    @classmethod
    def both(cls, words: object) -> Self:
        """Words that read the same in both languages: a name, a path, a number with its unit."""
        return cls(str(words), str(words))

    def __bool__(self) -> bool:
        return bool(self.en)

    def fill(self, **values: object) -> Text:
        """Both templates with their named places filled as `str.format` does, each with the words of its language."""
        spanish = {name: value.es if isinstance(value, Text) else value for name, value in values.items()}
        english = {name: value.en if isinstance(value, Text) else value for name, value in values.items()}
        return Text(self.es.format(**spanish), self.en.format(**english))
