from __future__ import annotations

import stat

import pytest

from kierto.config.database import database_from
from kierto.config.environment import Environment, SettingError
from kierto.config.mail import mail_from


def test_a_secret_key_is_made_once_and_kept_for_its_owner_only(tmp_path):
    env = Environment({"KIERTO_DATA_DIR": str(tmp_path)})
    key = env.secret_key()
    assert len(key) >= 50
    assert Environment({"KIERTO_DATA_DIR": str(tmp_path)}).secret_key() == key
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600


def test_a_short_secret_key_is_refused():
    with pytest.raises(SettingError, match="KIERTO_SECRET_KEY"):
        Environment({"KIERTO_SECRET_KEY": "short"}).secret_key()


@pytest.mark.parametrize(("text", "flag"), [("yes", True), ("0", False), ("On", True), ("", False)])
def test_flags_read_plain_words(text, flag):
    assert Environment({"KIERTO_HTTPS": text}).flag("KIERTO_HTTPS") is flag


def test_another_word_for_a_flag_is_refused_with_what_to_write():
    with pytest.raises(SettingError, match="KIERTO_HTTPS is 'perhaps'; write yes or no"):
        Environment({"KIERTO_HTTPS": "perhaps"}).flag("KIERTO_HTTPS")


@pytest.mark.parametrize("text", ["0", "65536", "eighty", "-1", "8000.5", "²"])
def test_a_port_out_of_range_is_refused(text):
    with pytest.raises(SettingError, match="PORT"):
        Environment({"PORT": text}).number("PORT", 1, 65535)


def test_an_undeclared_setting_cannot_be_asked_for():
    with pytest.raises(KeyError):
        Environment({"KIERTO_NOVELTY": "1"}).text("KIERTO_OTHER")


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match="KIERTO_DATA_DIR"):
        Environment({"KIERTO_DATA_DIR": str(tmp_path / "file" / "var")}).data_dir()


def test_the_database_is_a_file_in_the_data_folder_by_default(tmp_path):
    assert database_from("", tmp_path)["NAME"] == str(tmp_path / "kierto.sqlite3")


def test_a_postgresql_address_is_taken_apart(tmp_path):
    found = database_from("postgres://me:p%40ss@db.example:5433/city?sslmode=require", tmp_path)
    assert [found[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")] == [
        "city",
        "me",
        "p@ss",
        "db.example",
        "5433",
        {"sslmode": "require"},
    ]


@pytest.mark.parametrize("url", ["mysql://db/city", "postgres://db.example", "city.db"])
def test_another_database_address_is_refused(url, tmp_path):
    with pytest.raises(SettingError, match="KIERTO_DATABASE_URL"):
        database_from(url, tmp_path)


def test_mail_goes_to_files_or_to_a_server(tmp_path):
    assert mail_from("", tmp_path)["EMAIL_FILE_PATH"] == str(tmp_path / "mail")
    found = mail_from("smtps://me:secret@mail.example", tmp_path)
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_USE_SSL"]) == (
        "mail.example",
        465,
        True,
    )
    with pytest.raises(SettingError, match="KIERTO_MAIL_URL"):
        mail_from("http://mail.example", tmp_path)
