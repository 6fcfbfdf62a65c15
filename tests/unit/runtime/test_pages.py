"""Pages: language, DEMO marks, escaping, what every macro renders."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import BaseLoader, ChoiceLoader, DictLoader, FileSystemLoader, TemplateNotFound, UndefinedError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount
from starlette.testclient import TestClient

import runtime.pages
from runtime.pages import Pages
from runtime.pages.assets import Assets

TEMPLATES = Path(runtime.pages.__file__).parent / "templates"
NOW = datetime(2026, 11, 22, 12, 31, 5, tzinfo=UTC)
HEAD = '{% extends "base.html" %}{% import "macros.html" as ui %}{% block main %}'
HOSTILE = "<script>alert('x')</script>\" onload=\"y"


@dataclass(frozen=True, kw_only=True, slots=True)
class DeploymentSettings:
    is_demo: bool = True
    hotline: str = "023 000 000"
    base_url: str = "https://skills-passport.example"


def pages(main: str = "", *, settings: DeploymentSettings | None = None, **templates: str) -> Pages:
    own: BaseLoader = DictLoader({"page.html": HEAD + main + "{% endblock %}", **templates})
    loader = ChoiceLoader([FileSystemLoader(TEMPLATES), own])
    return Pages(settings or DeploymentSettings(), loader=loader)


def request(
    path: str = "/verify", query: str = "", headers: Mapping[str, str] | None = None, **state: object
) -> Request:
    raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "scheme": "https",
        "server": ("skills-passport.example", 443),
        "path": path,
        "query_string": query.encode(),
        "headers": raw,
        "state": state,
    }
    return Request(scope)


def html(main: str, *, query: str = "lang=en", **values: Any) -> str:
    return bytes(pages(main).render(request(query=query), "page.html", **values).body).decode()


def main_part(text: str) -> str:
    found = re.search(r'<main id="main"[^>]*>(.*)</main>', text, re.DOTALL)
    assert found
    return found.group(1)


def test_page_speaks_khmer_unless_asked_otherwise() -> None:
    answer = pages().render(request(), "page.html")
    assert '<html lang="km" dir="ltr">' in bytes(answer.body).decode()
    assert answer.headers["content-language"] == "km"
    assert "set-cookie" not in answer.headers


def test_chosen_language_is_remembered_and_only_then() -> None:
    chosen = pages().render(request(query="lang=en"), "page.html")
    expected = "lang=en; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax; Secure"
    assert chosen.headers["set-cookie"] == expected
    for query, cookie in [("lang=xx", ""), ("", "lang=en"), ("lang=en", "lang=en")]:
        answer = pages().render(request(query=query, headers={"cookie": cookie}), "page.html")
        assert "set-cookie" not in answer.headers, (query, cookie)


def test_language_switch_keeps_the_rest_of_the_address() -> None:
    text = html("", query="q=a%26b&lang=en&page=2&q=c")
    assert 'href="?q=a%26b&amp;page=2&amp;q=c&amp;lang=km"' in text


def test_language_switch_never_repeats_the_path() -> None:
    answer = pages().render(request(path="//elsewhere.example/x"), "page.html")
    assert "elsewhere" not in bytes(answer.body).decode()


def test_demo_marks_are_on_every_page_and_in_both_languages() -> None:
    for query in ("lang=km", "lang=en"):
        text = html("", query=query)
        assert "DEMO / គំរូ" in text
        assert 'class="demo-watermark"' in text
        assert "Demonstration only. Not a service of the Royal Government of Cambodia." in text
        assert "មិនមែនជាសេវារបស់រាជរដ្ឋាភិបាលកម្ពុជាទេ" in text


def test_demo_marks_on_a_page_for_people_abroad_are_in_their_language_and_in_english() -> None:
    answer = pages().render(request(path="/trust/apply", query="lang=ar"), "page.html")
    text = bytes(answer.body).decode()
    assert "DEMO / គំរូ" in text
    assert 'class="demo-watermark"' in text
    assert '<span lang="ar" dir="rtl">للعرض التجريبي فقط' in text
    assert '<span lang="en" dir="ltr">Demonstration only.' in text


def test_what_the_page_knows_of_its_reader_counts_after_a_choice_and_before_the_browser() -> None:
    made = pages()
    wishes = {"accept-language": "ko"}
    assert made.language(request("/trust/apply", "", wishes), known="th") == "th"
    assert made.language(request("/trust/apply", "lang=ms", wishes), known="th") == "ms"
    assert made.language(request("/trust/apply", "", wishes | {"cookie": "lang=ar"}), known="th") == "ar"
    assert made.language(request("/trust/apply", "", wishes), known="xx") == "ko"
    assert made.language(request("/trust", "", wishes | {"cookie": "lang=ar"}), known="th") == "en"


def test_demo_marks_are_in_no_block_a_page_could_replace() -> None:
    source = (TEMPLATES / "base.html").read_text(encoding="utf-8")
    marks = source[source.index("{% if is_demo -%}\n<div") : source.index('<header class="site-header">')]
    assert "{% block" not in marks


def test_production_pages_carry_no_demo_mark() -> None:
    made = pages(settings=DeploymentSettings(is_demo=False))
    assert "demo" not in bytes(made.render(request(), "page.html").body).decode().lower()


def test_footer_says_it_is_free_and_whom_to_call() -> None:
    text = html("")
    assert "This passport, its reprint and its checking are free." in text
    assert "023 000 000" in text


def test_answers_are_not_kept_by_default() -> None:
    assert pages().render(request(), "page.html").headers["cache-control"] == "no-store"
    kept = pages().render(request(), "page.html", headers={"cache-control": "max-age=60"}, status_code=404)
    assert (kept.headers["cache-control"], kept.status_code) == ("max-age=60", 404)


def test_a_value_nobody_gave_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        html("{{ never_given }}")


def test_an_unknown_template_is_an_error() -> None:
    with pytest.raises(TemplateNotFound):
        pages().render(request(), "issuer/nothing.html")


def test_signed_in_person_is_named_and_can_sign_out() -> None:
    answer = pages().render(request(principal=SimpleNamespace(name="ចាន់ <b>", scopes=())), "page.html")
    text = bytes(answer.body).decode()
    assert "ចាន់ &lt;b&gt;" in text
    assert 'action="/sign-out"' in text
    assert 'action="/sign-out"' not in html("")


def test_values_are_escaped_also_inside_translated_text() -> None:
    text = main_part(html('{{ name }}{{ _("Checked: %(when)s", when=name) }}', name=HOSTILE))
    assert "<script" not in text
    assert text.count("&lt;script&gt;") == 2


MACROS = {
    "icon": "{{ ui.icon('check', x) }}",
    "person_picture": "{{ ui.person_picture('clerk', x) }}",
    "photo": "{{ ui.photo(x, x) }}",
    "qr_figure": "{{ ui.qr_figure('<svg></svg>', caption=x, code=x, href=x) }}",
    "page_header": "{{ ui.page_header(x, x, back_href=x, back_label=x) }}",
    "nav_link": "{{ ui.nav_link(x, x, current=true) }}",
    "grid_and_door": "{% call ui.grid() %}{{ ui.door(x, 'returnee', x, x, note=x) }}{% endcall %}",
    "card": "{% call ui.card(x) %}{{ x }}{% endcall %}",
    "details": "{% call ui.details(x) %}{{ x }}{% endcall %}",
    "empty": "{{ ui.empty(x) }}",
    "steps": "{{ ui.steps([x, x, x], 2) }}",
    "pagination": "{{ ui.pagination(2, 5, x) }}",
    "notice": "{{ ui.notice('error', x, title=x) }}",
    "error_summary": "{{ ui.error_summary([{'field': x, 'message': x}, {'field': none, 'message': x}], x) }}",
    "badge": "{{ ui.badge('good', x) }}",
    "progress": "{{ ui.progress(0, 0, x, status=x) }}",
    "verdict_banner": "{{ ui.verdict_banner('accepted', x, beside=x, reasons=[x]) }}",
    "verdict_card": "{% call ui.verdict_cards() %}"
    "{{ ui.verdict_card('in_force', 'no', x, detail=x, against=x) }}{% endcall %}",
    "limits_notice": "{{ ui.limits_notice() }}{{ x }}",
    "field": "{{ ui.field(x, x, type=x, value=x, hint=x, error=x, pattern=x, id=x, lang=x) }}",
    "textarea": "{{ ui.textarea(x, x, value=x, hint=x, error=x, maxlength=x) }}",
    "select": "{{ ui.select(x, x, [(x, x)], selected=x, hint=x, error=x) }}",
    "radios": "{{ ui.radios(x, x, [(x, x), (x, x, x)], selected=x, hint=x, error=x) }}",
    "checkbox": "{{ ui.checkbox(x, x, value=x, checked=true, hint=x) }}",
    "file_drop": "{{ ui.file_drop(x, x, accept=x, hint=x, error=x, multiple=true) }}",
    "buttons": "{% call ui.actions() %}{{ ui.button(x, name=x, value=x, icon='print') }}"
    "{{ ui.link_button(x, x, icon='link', download=true) }}{{ ui.print_button() }}{% endcall %}",
    "facts": "{{ ui.facts([(x, x)]) }}",
    "table": "{{ ui.table([x, x], [[x, x]], caption=x, numeric=[1]) }}",
    "copyable": "{{ ui.copyable(x, x) }}",
}


@pytest.mark.parametrize("name", MACROS)
def test_macro_renders_hostile_text_harmlessly(name: str) -> None:
    text = main_part(html(MACROS[name], x=HOSTILE))
    assert "&lt;script&gt;" in text
    assert "<script" not in text
    assert not re.search(r"<[^>]*\sonload=", re.sub(r'"[^"]*"', '""', text))


def test_every_macro_is_tried() -> None:
    source = (TEMPLATES / "macros.html").read_text(encoding="utf-8")
    defined = set(re.findall(r"{% macro ([a-z]\w*)\(", source))
    tried = set(re.findall(r"ui\.(\w+)\(", " ".join(MACROS.values())))
    assert tried == defined


def test_pages_have_no_inline_script_or_style() -> None:
    everything = html("".join(MACROS.values()), x="text")
    assert not re.search(r"\sstyle=|<style|\son\w+=", everything)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", everything))


@pytest.mark.parametrize(
    ("outcome", "word"),
    [("accepted", "Accepted"), ("rejected", "Rejected"), ("undetermined", "Could not be decided")],
)
def test_a_verdict_is_never_said_by_colour_alone(outcome: str, word: str) -> None:
    banner = "{{ ui.verdict_banner(outcome, 'Headline', checked_at=now) }}"
    text = main_part(html(banner, outcome=outcome, now=NOW))
    assert f">{word}<" in text
    assert '<svg class="icon' in text
    assert (
        'Checked: <time datetime="2026-11-22T12:31:05+00:00">22 November 2026, 19:31:05 (UTC+7)</time>'
        in text
    )


@pytest.mark.parametrize(
    ("state", "word"), [("yes", "Yes"), ("no", "No"), ("could_not_check", "Could not check")]
)
def test_each_state_of_a_card_has_its_word_and_icon(state: str, word: str) -> None:
    text = main_part(html("{{ ui.verdict_card('entitled', state, 'Answer') }}", state=state))
    assert f"</svg>{word}</span>" in text


def test_an_unknown_outcome_or_state_is_an_error_not_a_green_page() -> None:
    with pytest.raises(UndefinedError):
        html("{{ ui.verdict_banner('fine', 'Headline') }}")
    with pytest.raises(UndefinedError):
        html("{{ ui.verdict_card('authentic', true, 'Answer') }}")


def test_call_blocks_reach_notice_and_banner() -> None:
    text = html(
        "{% call ui.notice('info') %}<b>one</b>{% endcall %}"
        "{% call ui.verdict_banner('accepted', 'H') %}<b>two</b>{% endcall %}"
    )
    assert "<b>one</b>" in text
    assert "<b>two</b>" in text


def test_faults_of_a_field_are_tied_to_it() -> None:
    text = main_part(html("{{ ui.field('code', 'Code', hint='H', error='E', required=true) }}"))
    assert '<label for="field-code">Code</label>' in text
    assert 'aria-describedby="field-code-hint field-code-error" aria-invalid="true"' in text
    assert 'id="field-code-hint"' in text
    assert 'id="field-code-error"' in text


def test_dates_keep_their_machine_form() -> None:
    page = html("{{ date(day) }} {{ date('2026-11-22') }}", query="lang=km", day=date(2026, 11, 22))
    text = main_part(page)
    assert text.count('<time datetime="2026-11-22">22 វិច្ឆិកា 2026</time>') == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503])
def test_problem_page_speaks_for_every_status(status: int) -> None:
    text = bytes(pages().render(request(query="lang=en"), "problem.html", status=status).body).decode()
    assert re.search(r"<h1>[^<]+</h1>", text)


def test_problem_page_says_what_it_is_given() -> None:
    given: dict[str, Any] = {"title": "Title", "detail": "Detail", "retry_after": 1, "reference": "R-1"}
    answer = pages().render(request(query="lang=en"), "problem.html", status=429, **given)
    text = bytes(answer.body).decode()
    for expected in ("<h1>Title</h1>", "<p>Detail</p>", "Try again in 1 second.", "R-1"):
        assert expected in text


def test_templates_of_installed_packages_are_found_without_being_named() -> None:
    made = Pages(DeploymentSettings())
    assert made.render(request(), "problem.html", status=404).status_code == 200


def built(directory: Path) -> Assets:
    (directory / "app.css").write_text("body{}", encoding="utf-8")
    (directory / "manifest.json").write_text(json.dumps({"app.css": "0123456789ab"}), encoding="utf-8")
    return Assets(directory)


def test_asset_addresses_carry_the_digest_once_built(tmp_path: Path) -> None:
    assert Assets(tmp_path).url("app.css") == "/static/app.css"
    assert not Assets(tmp_path).is_built
    assert built(tmp_path).url("app.css") == "/static/app.css?v=0123456789ab"
    assert Assets(tmp_path).is_built


def test_versioned_assets_are_kept_for_a_year(tmp_path: Path) -> None:
    assets = built(tmp_path)
    with TestClient(Starlette(routes=[Mount("/static", assets.app())])) as client:
        assert "immutable" in client.get(assets.url("app.css")).headers["cache-control"]
        assert client.get("/static/app.css").headers["cache-control"] == "public, max-age=300"
        assert client.get("/static/../secret").status_code == 404
