"""Contacts: the search, and a CSV import whose every row is told of."""

from __future__ import annotations

from playwright.sync_api import FilePayload, Page, expect

GOOD = """phone,name,tags
+44 7400 555001,Zora Quill,browser
+447400555001,Zora again,
not a phone,Nobody,
+44 7400 555002,Zeno Quill,browser
"""


# Over the 4 MiB that a request to the API may have, in few rows: one contact, many times the same.
LARGE = "phone,name," + ",".join(f"note{n}" for n in range(40)) + "\n"
LARGE += (f"+447400555003,Zita Quill,{','.join(['x' * 490] * 40)}\n") * 225


def _file(text: str, name: str = "contacts.csv") -> FilePayload:
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode()}


def _choose(page: Page, file: FilePayload) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").press("Enter")
    chooser.value.set_files(file)


def test_imports_a_csv_and_tells_of_every_row(page: Page) -> None:
    """Progress, then counts that add up to the rows, then the invalid row with its reason."""
    page.goto("/contacts")
    page.get_by_role("link", name="Import CSV").click()
    _choose(page, _file(GOOD))
    done = page.get_by_role("region", name="The import")
    expect(done.get_by_text("Completed", exact=True)).to_be_visible()
    expect(done.get_by_text("4 of 4 rows")).to_be_visible()
    counts = [int(text.splitlines()[0]) for text in done.locator("dd").all_inner_texts()]
    assert sum(counts) == 4
    invalid = page.get_by_role("region", name="Invalid rows")
    expect(invalid.get_by_role("row").filter(has_text="not a phone")).to_contain_text("4")
    page.reload()
    expect(page.get_by_text("4 of 4 rows")).to_be_visible()

    page.get_by_role("link", name="See the contacts").click()
    page.get_by_role("searchbox").fill("zora")
    rows = page.get_by_role("list", name="Contacts").get_by_role("listitem")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("browser")
    page.get_by_role("searchbox").fill("no such name")
    expect(page.get_by_text("No name begins with")).to_be_visible()


def test_a_large_file_goes_straight_to_storage(page: Page) -> None:
    """A file that no request to the API may carry is uploaded beside it, and imported as well."""
    page.goto("/contacts/import")
    _choose(page, _file(LARGE))
    done = page.get_by_role("region", name="The import")
    expect(done.get_by_text("225 of 225 rows")).to_be_visible()
    expect(done.get_by_text("Completed", exact=True)).to_be_visible()


def test_a_file_without_phones_is_refused_in_words(page: Page, console: list[str]) -> None:
    """The API's reason is shown, and another file may be chosen at once."""
    page.goto("/contacts/import")
    _choose(page, _file("name,city\nAda,London\n"))
    expect(page.get_by_role("alert")).to_contain_text("phone")
    # Chromium notes an answer of 4xx by itself, where the API refuses the file at once.
    assert all("status of 4" in line for line in console)
    console.clear()


def test_a_spreadsheet_is_refused_before_it_is_sent(page: Page) -> None:
    """An .xlsx file gets the advice to save it as CSV."""
    page.goto("/contacts/import")
    _choose(page, _file("PK", name="contacts.xlsx"))
    expect(page.get_by_role("alert")).to_contain_text("Save it as CSV")
