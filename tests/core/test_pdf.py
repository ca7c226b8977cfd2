import io

import pytest
import typst
from pypdf import PdfReader

from maillage.core import pdf
from maillage.core.markup import plain_text, render_text
from maillage.core.templatetags.texts import text

TEMPLATE = """
#let data = json(bytes(sys.inputs.data))
#set document(title: data.title)
#set text(font: ("Atkinson Hyperlegible Next", "Libertinus Serif"), lang: "fr")
#data.title
"""


@pytest.fixture
def template(tmp_path):
    path = tmp_path / "page.typ"
    path.write_text(TEMPLATE, encoding="utf-8")
    return path


def read(data):
    return PdfReader(io.BytesIO(data))


def test_what_is_written_is_a_value_and_never_code(template):
    title = '#read("/etc/passwd") $x$ \\ ] "'
    found = read(pdf.set_pages(template, data={"title": title}))
    assert found.pages[0].extract_text().strip().replace("\n", " ") == title
    assert pdf.page_count(pdf.set_pages(template, data={"title": "x"})) == 1


def test_a_template_reads_no_file_but_those_it_is_given(template, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    template.write_text(TEMPLATE + '#read("/secret.txt")', encoding="utf-8")
    with pytest.raises(typst.TypstError):
        pdf.set_pages(template, data={"title": "x"})
    files = {"secret.txt": tmp_path / "secret.txt"}
    found = read(pdf.set_pages(template, data={"title": "x"}, files=files))
    assert "secret" in found.pages[0].extract_text()


def test_the_site_s_font_is_made_of_the_web_font(template):
    if not list(pdf.font_folder().iterdir()):
        pytest.skip("the npm packages are not here")
    fonts = read(pdf.set_pages(template, data={"title": "Été"})).pages[0]["/Resources"]
    names = [font.get_object()["/BaseFont"] for font in fonts["/Font"].values()]
    assert any("Atkinson" in name for name in names)


def test_without_the_web_font_the_font_of_typst_serves(template, settings, tmp_path):
    settings.NODE_MODULES = tmp_path / "none"
    settings.VAR = tmp_path / "var"
    assert not list(pdf.font_folder().iterdir())
    found = read(pdf.set_pages(template, data={"title": "Été"}))
    assert "Été" in found.pages[0].extract_text()


@pytest.mark.parametrize(
    ("written", "html"),
    [
        ("Un **mot**", "<p>Un <strong>mot</strong></p>"),
        ("# Titre", "<h3>Titre</h3>"),
        ("### Titre", "<h4>Titre</h4>"),
        ("a\nb", "<p>a<br>\nb</p>"),
        ("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>"),
        ("[x](javascript:alert)", "<p>[x](javascript:alert)</p>"),
        ("![x](https://example.org/p.png)", None),
        ("`x` 1 < 2", "<p>`x` 1 &lt; 2</p>"),
    ],
)
def test_a_little_markdown_and_nothing_dangerous(written, html):
    found = str(render_text(written)).strip()
    if html is None:
        assert "<img" not in found
    else:
        assert found == html
    assert text(written) == render_text(written)


def test_links_leave_without_telling_where_from():
    assert 'rel="noopener noreferrer"' in render_text("[x](https://example.org/)")


def test_the_words_of_a_text_without_its_signs():
    assert plain_text("# Un\n\n*deux*\ntrois\n\n- quatre\n") == "Un\ndeux trois\nquatre"
    assert plain_text("") == ""
