"""Translation: English unless the browser prefers Portuguese, complete in both, index.html equal to messages.js."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.support.browser.drawing import SEVEN, draw
from tests.support.browser.page_state import expect_status


@pytest.mark.parametrize(
    ("locale", "language", "title"),
    [("en-GB", "en", "Draw a digit"), ("pt-BR", "pt-BR", "Desenhe um algarismo"), ("fr-FR", "en", "Draw a digit")],
)
def test_page_uses_the_browsers_language_or_english(open_page: Open, locale: str, language: str, title: str) -> None:
    page = open_page(locale=locale)
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    assert page.title() == title
    assert page.evaluate("document.documentElement.lang") == language


def test_first_supported_language_wins(open_page: Open) -> None:
    page = open_page()
    page.add_init_script("Object.defineProperty(navigator, 'languages', { value: ['fr', 'pt', 'en'] })")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Desenhe um algarismo")


def test_chosen_language_is_kept_with_the_drawing(page: Page) -> None:
    draw(page, SEVEN)
    expect_status(page, "Both models say 7.")
    page.get_by_role("combobox", name="Language").select_option("Português")
    expect_status(page, "Os dois modelos dizem 7.")
    page.goto(page.url.partition("#")[0])
    page.reload()
    expect(page.get_by_role("combobox", name="Idioma")).to_have_value("pt-BR")
    page.get_by_role("combobox", name="Idioma").select_option("English")
    expect(page.get_by_role("heading", level=1)).to_have_text("Draw a digit")


def test_language_cannot_be_chosen_where_storage_is_blocked(page: Page) -> None:
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } })"
    )
    page.reload()
    expect(page.get_by_role("combobox", name="Colors")).to_be_visible()
    expect(page.get_by_role("combobox", name="Language")).to_be_hidden()


def test_prediction_and_error_are_translated(open_page: Open) -> None:
    page = open_page(locale="pt-BR")
    draw(page, SEVEN)
    expect_status(page, "Os dois modelos dizem 7.")
    page.get_by_text("99,9%").first.wait_for()
    page.get_by_role("switch", name="Responder enquanto desenho").uncheck()
    page.get_by_role("button", name="Limpar").click()
    page.get_by_role("button", name="Prever").click()
    expect_status(page, "Desenhe um algarismo, de 0 a 9.")


def test_portuguese_page_has_no_english_text(open_page: Open) -> None:
    """Every text and label with a letter in it differs between the two languages."""
    english, portuguese = (open_page(locale=locale).evaluate(TEXTS) for locale in ("en", "pt-BR"))
    assert len(english) == len(portuguese) > 25
    assert [text for text, other in zip(english, portuguese, strict=True) if text == other] == []


def test_index_html_equals_the_english_messages(open_page: Open, site: str) -> None:
    page = open_page()
    messages = page.evaluate(MARKED)
    plain = open_page(java_script_enabled=False)
    marked = {name: html for name, html in _marked(plain)}
    assert len(messages) > 20
    assert messages == marked


def test_portuguese_has_every_english_message(page: Page) -> None:
    missing = page.evaluate(MISSING)
    assert missing == []


def _marked(page: Page) -> list[tuple[str, str]]:
    """Read the texts with a data-text or data-label attribute from the HTML, where no script runs."""
    html = page.content()
    texts = re.findall(r'data-text="(\w+)"[^>]*>([^<]*)<', html)
    names = [(name, label) for label, name in re.findall(r'aria-label="([^"]*)" data-label="(\w+)"', html)]
    return texts + names


TEXTS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  const translated = texts.filter((text) => !text.parentElement.closest("noscript, body [lang]"));
  const shown = translated.map((text) => text.textContent.trim());
  const names = [...document.querySelectorAll("[aria-label]")].map((element) => element.ariaLabel);
  return [...shown, ...names].filter((text) => /[a-z]/i.test(text));
}"""
MARKED = """() => Object.fromEntries([
  ...[...document.querySelectorAll("[data-text]")].map((element) => [element.dataset.text, element.textContent]),
  ...[...document.querySelectorAll("[data-label]")].map((element) => [element.dataset.label, element.ariaLabel]),
])"""
MISSING = """async () => {
  const { EN, PT } = await import("/js/i18n/messages.js");
  const paths = (messages, path) => typeof messages !== "object" ? [`${path}: ${typeof messages}`]
    : Object.entries(messages).flatMap(([key, value]) => paths(value, `${path}.${key}`));
  const [english, portuguese] = [EN, PT].map((messages) => paths(messages, ""));
  const other = new Set(portuguese);
  return [...english.filter((path) => !other.has(path)), ...portuguese.filter((path) => !english.includes(path))];
}"""
