from pathlib import Path

import pytest
from tests.simulators.wechat import merchant_key, pem

from galleria.adapters import payments_wechat
from galleria.adapters.payments_wechat.model import GATEWAY, LOGIN
from galleria.platform.settings import Settings, SettingsError, load, secret


def test_nothing_set_is_a_working_installation() -> None:
    assert load({}) == Settings()


def test_values_are_read_by_type() -> None:
    settings = load({"GALLERIA_PORT": "9000", "GALLERIA_SANDBOX": "true", "GALLERIA_DATA_DIR": "/srv/x", "HOME": "/"})
    assert (settings.port, settings.sandbox, settings.data_dir) == (9000, True, Path("/srv/x"))


def test_every_wrong_variable_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        load({"GALLERIA_PORT": "ninety", "GALLERIA_SECRET_KEY": "short", "GALLERIA_PROT": "1"})
    message = str(error.value)
    assert "GALLERIA_PORT='ninety'" in message
    assert "GALLERIA_SECRET_KEY" in message
    assert "GALLERIA_PROT: no such setting" in message


def test_an_empty_variable_is_an_unset_one() -> None:
    assert load({"GALLERIA_PORT": ""}).port == 8000


def test_a_generated_secret_is_kept(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "var")
    first = secret(settings)
    assert len(first) >= 32
    assert secret(settings) == first
    assert (tmp_path / "var" / "secret").stat().st_mode & 0o777 == 0o600


def test_a_payment_company_is_set_up_wholly_or_not_at_all(tmp_path: Path) -> None:
    assert payments_wechat.configured(Settings()) is None
    with pytest.raises(SettingsError) as half:
        payments_wechat.configured(Settings(wechat_mchid="1900000109", wechat_appid="wx1"))
    assert "GALLERIA_WECHAT_API_V3_KEY: is needed too" in str(half.value)
    assert "GALLERIA_WECHAT_APPID" not in str(half.value)
    whole = Settings(
        wechat_mchid="1900000109",
        wechat_appid="wx1",
        wechat_app_secret="s",
        wechat_private_key_file=tmp_path / "key.pem",
        wechat_cert_serial="S",
        wechat_api_v3_key="0" * 32,
        public_url="https://mall.example/",
    )
    with pytest.raises(SettingsError, match="GALLERIA_WECHAT_PRIVATE_KEY_FILE"):
        payments_wechat.configured(whole)
    (tmp_path / "key.pem").write_text(pem(merchant_key()))
    made = payments_wechat.configured(whole)
    assert made is not None
    assert made.account.notify_url == "https://mall.example/v1/payments/wechat/notices"
    assert (made.account.gateway, made.account.login) == (GATEWAY, LOGIN)
