"""The configuration that is shipped for nginx: nginx itself judges it."""

import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path("deploy/nginx")


@pytest.mark.parametrize(
    "names", [("gateway",), ("operators",), ("gateway", "operators")], ids="+".join
)
def test_nginx_takes_it(names: tuple[str, ...], tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed (Debian: apt-get install nginx-light)")
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=x",
         "-keyout", "gateway.key", "-out", "gateway.pem"],
        cwd=tmp_path, capture_output=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    pem, key = (tmp_path / f"gateway.{end}" for end in ("pem", "key"))
    for name in ("parties-ca.pem", "operators-ca.pem", "operators.pem"):
        (tmp_path / name).write_bytes(pem.read_bytes())
    (tmp_path / "operators.key").write_bytes(key.read_bytes())
    files = [(FOLDER / f"{name}.conf").read_text("utf-8") for name in names]
    ours = "".join(files).replace("/etc/nginx/tls", str(tmp_path))
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
