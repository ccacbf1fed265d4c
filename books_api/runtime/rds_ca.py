"""Refreshes rds-ca.pem from AWS's global-bundle.pem on stdin: the public regional roots that have not expired."""

import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

BUNDLE = Path(__file__).with_name("rds-ca.pem")
_HEADER = """\
# The public root certificates that sign RDS's server certificates. To refresh them, from the repository's root:
#   curl --silent https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem | python -m books_api.runtime.rds_ca
"""
_PUBLIC_ROOT = re.compile(r"Amazon RDS [a-z]{2}(-[a-z]+)+-\d Root CA (RSA2048|RSA4096|ECC384) G1")


def bundle(pem: bytes, source: str) -> str:
    """Make the file's text."""
    roots: dict[str, str] = {}
    for certificate in x509.load_pem_x509_certificates(pem):
        name = str(certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
        if _PUBLIC_ROOT.fullmatch(name) and certificate.not_valid_after_utc > datetime.now(UTC):
            roots[name] = certificate.public_bytes(Encoding.PEM).decode()
    header = f"{_HEADER}# Source: {source}. Taken on {date.today()}.\n"
    return header + "".join(f"# {name}\n{roots[name]}" for name in sorted(roots))


if __name__ == "__main__":
    BUNDLE.write_text(bundle(sys.stdin.buffer.read(), "AWS's global-bundle.pem"))
