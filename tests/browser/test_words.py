"""The page's words: English unless the browser prefers Portuguese, whole in both, in the page as in words.js."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.support.browser.drawing import SEVEN, draw
from tests.support.browser.reading import expect_words


@pytest.mark.parametrize(
    ("locale", "language", "title"),
    [("en-GB", "en", "Draw a digit"), ("pt-BR", "pt-BR", "Desenhe um algarismo"), ("fr-FR", "en", "Draw a digit")],
)
def test_language_is_the_browsers_or_english(open_page: Open, locale: str, language: str, title: str) -> None:
    page = open_page(locale=locale)
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    assert page.title() == title
    assert page.evaluate("document.documentElement.lang") == language


def test_first_language_that_the_page_has_wins(open_page: Open) -> None:
    page = open_page()
    page.add_init_script("Object.defineProperty(navigator, 'languages', { value: ['fr', 'pt', 'en'] })")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Desenhe um algarismo")


def test_answer_and_problem_are_in_portuguese(open_page: Open) -> None:
    page = open_page(locale="pt-BR")
    draw(page, SEVEN)
    expect_words(page, "Os dois modelos dizem 7.")
    page.get_by_text("99,9%").first.wait_for()
    page.get_by_role("button", name="Limpar").click()
    page.get_by_role("button", name="Prever").click()
    expect_words(page, "Desenhe um algarismo, de 0 a 9.")


def test_no_english_is_left_in_the_portuguese_page(open_page: Open) -> None:
    """Each text and name of the English page that has a letter in it differs from the Portuguese one."""
    english, portuguese = (open_page(locale=locale).evaluate(TEXTS) for locale in ("en", "pt-BR"))
    assert len(english) == len(portuguese) > 25
    assert [text for text, other in zip(english, portuguese, strict=True) if text == other] == []


def test_page_without_its_script_says_the_same_english(open_page: Open, site: str) -> None:
    page = open_page()
    said = page.evaluate(MARKED)
    plain = open_page(java_script_enabled=False)
    marked = {name: html for name, html in _marked(plain)}
    assert len(said) > 20
    assert said == marked


def test_portuguese_has_every_english_word(page: Page) -> None:
    missing = page.evaluate(MISSING)
    assert missing == []


def _marked(page: Page) -> list[tuple[str, str]]:
    """Read what is marked as words of the page from the HTML itself, as no script runs."""
    html = page.content()
    texts = re.findall(r'data-words="(\w+)"[^>]*>([^<]*)<', html)
    names = [(name, said) for said, name in re.findall(r'aria-label="([^"]*)" data-label="(\w+)"', html)]
    return texts + names


TEXTS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  const shown = texts.filter((text) => !text.parentElement.closest("noscript")).map((text) => text.textContent.trim());
  const names = [...document.querySelectorAll("[aria-label]")].map((element) => element.ariaLabel);
  return [...shown, ...names].filter((text) => /[a-z]/i.test(text));
}"""
MARKED = """() => Object.fromEntries([
  ...[...document.querySelectorAll("[data-words]")].map((element) => [element.dataset.words, element.textContent]),
  ...[...document.querySelectorAll("[data-label]")].map((element) => [element.dataset.label, element.ariaLabel]),
])"""
MISSING = """async () => {
  const { EN, PT } = await import("/js/i18n/words.js");
  const paths = (words, path) => typeof words !== "object" ? [`${path}: ${typeof words}`]
    : Object.entries(words).flatMap(([key, value]) => paths(value, `${path}.${key}`));
  const [english, portuguese] = [EN, PT].map((words) => paths(words, ""));
  const other = new Set(portuguese);
  return [...english.filter((path) => !other.has(path)), ...portuguese.filter((path) => !english.includes(path))];
}"""
