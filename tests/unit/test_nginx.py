"""The configuration that is shipped for nginx: nginx itself judges it."""

import shutil
import subprocess
from pathlib import Path

import pytest

CONF = Path("deploy/nginx/gateway.conf")


def test_nginx_takes_it(tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed (Debian: apt-get install nginx-light)")
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=x",
         "-keyout", "gateway.key", "-out", "gateway.pem"],
        cwd=tmp_path, capture_output=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    (tmp_path / "parties-ca.pem").write_bytes((tmp_path / "gateway.pem").read_bytes())
    ours = CONF.read_text("utf-8").replace("/etc/nginx/tls", str(tmp_path))
    main = tmp_path / "nginx.conf"
    main.write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off;\n{ours}\n}}\n",
        "utf-8",
    )
    judged = subprocess.run(
        [nginx, "-t", "-q", "-p", str(tmp_path), "-c", str(main)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert judged.returncode == 0, judged.stderr
    main.write_text(main.read_text("utf-8").replace("proxy_pass", "proxy_past"))
    assert subprocess.run([nginx, "-t", "-q", "-c", str(main)], check=False).returncode
