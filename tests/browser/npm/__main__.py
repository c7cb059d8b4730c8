from tests.browser.npm import install

install()
