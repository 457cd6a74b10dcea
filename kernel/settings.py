"""Every setting, typed, read once from the environment (prefix `ZC_`) — the only place that reads it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """What an operator may set. Each has a default with which `make run` works on a bare machine."""

    model_config = SettingsConfigDict(env_prefix="ZC_", extra="ignore")

    node_kind: Literal["ministry", "province", "city"] = Field("province", description="节点类型:部、省、市")
    node_code: str = Field("440000", description="节点行政区划代码(GB/T 2260)")
    dsn: str = Field("", description="属主角色连接串;为空则启动内嵌 PostgreSQL")
    app_role: str = Field("zc_app", description="应用角色名;不拥有任何对象")
    app_password: str = Field("", description="应用角色口令;内嵌数据库走本机套接字,不需要")
    var: Path = Field(ROOT / "var", description="数据目录:内嵌数据库、文件、日志")
    content: Path = Field(ROOT, description="内容目录(processes forms templates rules 的上级)")
    host: str = Field("127.0.0.1", description="监听地址")
    port: int = Field(8000, description="监听端口")
    processes: int = Field(1, ge=1, le=64, description="接口进程数")
    workers: int = Field(2, ge=0, le=64, description="随服务启动的作业线程数")
    pool: int = Field(8, ge=1, le=100, description="每进程数据库连接数")
    redis: str = Field("", description="Redis 地址;为空则不用 Celery")
    cookie_secure: bool = Field(False, description="会话 Cookie 仅走 HTTPS;生产必须开启")
    smtp: str = Field("", description="邮件服务器,如 smtp://用户:口令@mail.example.cn:587;为空则通知不发邮件")
    mail_from: str = Field("", description="通知邮件的发件人地址")
    mail_link: str = Field("", description="通知邮件中网页的地址,如 https://zhifa.example.cn;为空则邮件不带链接")
    session_idle_minutes: int = Field(30, ge=1, description="会话空闲上限(分钟)")
    session_hours: int = Field(12, ge=1, description="会话总时长上限(小时)")
    pdf: Literal["auto", "off"] = Field("auto", description="PDF 转换:自动或关闭")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="日志级别")
    files_copy: Path | None = Field(
        None, description="文件的第二份副本的目录(应在另一块磁盘或另一台存储上);为空则只存一份"
    )
    anchor: Path | None = Field(None, description="审计链头每日锚定写入的文件(应在本机之外)")

    device_key: str = Field("", description="设备主密钥:各设备的签名密钥由它导出;为空则不接入设备")
    mqtt: str = Field(
        "", description="MQTT 代理地址 mqtt(s)://[用户[:口令]@]主机[:端口],供 zhicheng devices listen 使用"
    )

    seal_passphrase: str = Field(
        "", description="印章和签名证书私钥的口令;为空则在数据目录生成 seal.key(与数据库备份分开保管)"
    )

    def passphrase(self) -> str:
        """What covers the keys of seals: the setting, else a secret of this node, made when first asked for."""
        if self.seal_passphrase:
            return self.seal_passphrase
        path = self.var / "seal.key"
        self.var.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            made = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
            with os.fdopen(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(32))
            with suppress(FileExistsError):  # another process was first: its secret counts
                os.link(made, path)  # whole or not at all: nobody reads a secret half written
            made.unlink()
        return path.read_text().strip()

    @property
    def files(self) -> Path:
        """Where files lie, by hash."""
        return self.var / "files"


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()


def declared(names: Iterable[str]) -> dict[str, str]:
    """The settings that the manifest of a counterpart or device declares (`ZC_<name>` each); empty text where not set.

    Read when asked for: a new folder brings its settings with it, and nothing here is edited.
    """
    return {name: os.environ.get(f"ZC_{name}", "") for name in names}
