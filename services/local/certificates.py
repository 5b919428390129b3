"""An authority for one machine or one trial: it signs for a broker and its clients.

An institution brings its own. Ours makes what ``twincity up --secure``, the compose
file and the tests need: PEM files that nobody else may read.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from services.runtime.errors import TwinCityError, WrongSetting

_DAYS = 825
"""As long as clients take a certificate of a private authority (Apple's limit)."""

_SIGNS_CERTIFICATES = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)
_SKEW = timedelta(minutes=5)
_HOSTS = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Authority:
    """The files of an authority, in a folder of its own.

    Attributes:
        folder: where its certificate, its key and what it signs lie.
    """

    folder: Path

    @property
    def certificate(self) -> Path:
        """Whom to trust: what clients and brokers are given."""
        return self.folder / "ca.pem"

    @property
    def _key(self) -> Path:
        return self.folder / "ca.key"

    def of(self, name: str) -> Path:
        """Returns the file of a name: its chain, and its key in PKCS #8."""
        return self.folder / f"{name}.pem"

    def issue(self, name: str, hosts: tuple[str, ...] = ()) -> Path:
        """Sign a certificate with a new key; returns the file that holds both.

        Args:
            name: the user that it stands for: its CN.
            hosts: where it answers, for a broker: beside this machine itself.

        Raises:
            WrongSetting: the folder cannot be written.
            TwinCityError: the authority's files are not those of an authority.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not self.certificate.exists():
                self._make_authority()
            authority = x509.load_pem_x509_certificate(self.certificate.read_bytes())
            signing = serialization.load_pem_private_key(self._key.read_bytes(), None)
        except OSError as error:
            raise WrongSetting.of_path(self.folder, error) from None
        except (ValueError, TypeError):
            raise TwinCityError(
                f"{self.folder} holds no authority that can be used "
                "证书颁发文件无法使用"
            ) from None
        if not isinstance(signing, ec.EllipticCurvePrivateKey):
            raise TwinCityError(f"{self._key} is no key of ours 不是本系统的密钥")
        key = ec.generate_private_key(ec.SECP256R1())
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = _begun(name, authority.subject, key, _DAYS).add_extension(
            x509.BasicConstraints(ca=False, path_length=None), critical=True
        )
        if hosts:
            usages.append(ExtendedKeyUsageOID.SERVER_AUTH)
            names = [_host(host) for host in dict.fromkeys((*hosts, *_HOSTS))]
            builder = builder.add_extension(
                x509.SubjectAlternativeName(names), critical=False
            )
        known_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(
            signing.public_key()
        )
        signed = (
            builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .add_extension(known_by, critical=False)
            .sign(signing, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        file = self.of(name)
        write_secret(
            file,
            _pem(key) + signed.public_bytes(pem) + authority.public_bytes(pem),
        )
        return file

    def _make_authority(self) -> None:
        """Make the authority itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TwinCity")])
        signed = (
            _begun("TwinCity", name, key, 10 * 365)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_SIGNS_CERTIFICATES, critical=True)
            .sign(key, hashes.SHA256())
        )
        write_secret(self._key, _pem(key))
        self.certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))


def write_secret(file: Path, content: bytes) -> None:
    """Write a file that nobody else may read, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_bytes(content)
    new.replace(file)


def _begun(
    name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        )
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,  # what Kafka reads
        serialization.NoEncryption(),
    )
