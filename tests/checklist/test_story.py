"""An admin opens the checklist, presses one button, and reads what is wrong or that all is well."""


def test_a_working_connection_is_proved(sheet, admin) -> None:
    admin.get(sheet.path())
    admin.submit("Run the checklist")
    sheet.wait(admin)
    assert sheet.rows["identity"].state == "proved" and "Jira says:" in admin.page.text


def test_a_row_that_was_mended_turns_green_by_try_again(sheet, admin) -> None:
    sheet.sandbox.state(down=True)
    rows = sheet.run()
    assert rows["jira"].state == "failed" and rows["jira"].trouble.code == "maintenance"
    assert rows["identity"].state == "waiting" and rows["identity"].waits_for == "It is a Jira"
    sheet.sandbox.state(down=False)
    admin.get(sheet.path())
    admin.submit("Try again", within_="#row-jira")
    sheet.wait(admin)
    assert sheet.rows["jira"].state == sheet.rows["identity"].state == "proved"
