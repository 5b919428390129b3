"""Write the pins anew when Kafka is upgraded: ``python -m services.local.pinning``.

Needs Maven (``mvn``), whose dependency resolution is the one that Kafka is
released with; jgo's own takes other versions (docs/decisions/0003). A person
reads the difference before it is committed: the pins are what is trusted.
"""

import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

from services.local.jars import KAFKA_VERSION, PINS

_SLF4J_BINDING = "2.25.4"
"""Of log4j-slf4j-impl: Kafka speaks slf4j 1.7, and slf4j is silent without a
binding (log4j-slf4j2-impl is the one for slf4j 2)."""

_POM = f"""\
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>twincity</groupId>
  <artifactId>embedded</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>{KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>{_SLF4J_BINDING}</version>
    </dependency>
  </dependencies>
</project>
"""

_HEAD = f"""\
# Apache Kafka {KAFKA_VERSION} with its runtime class path, and log4j for slf4j:
# what `mvn dependency:list -DincludeScope=runtime` gives for
# org.apache.kafka:kafka_2.13:{KAFKA_VERSION} and \
org.apache.logging.log4j:log4j-slf4j-impl:{_SLF4J_BINDING}.
# (Pinned, because jgo's own resolver takes kafka-clients 3.9.1 here.)
# Written by `python -m services.local.pinning`.
# sha256  bytes  group:artifact:version
"""


def write_pins(to: Path = PINS) -> None:
    """Resolve the class path with Maven and write what it is.

    Raises:
        FileNotFoundError: there is no ``mvn``.
        subprocess.CalledProcessError: Maven failed; it has said why.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "pom.xml").write_text(_POM, "utf-8")
        subprocess.run(
            [  # noqa: S607  the developer's own Maven
                "mvn", "--quiet", "--batch-mode", "dependency:copy-dependencies",
                "-DincludeScope=runtime", "-Dmdep.useRepositoryLayout=true",
                "-DoutputDirectory=jars",
            ],
            cwd=folder,
            check=True,
        )  # fmt: skip
        repository = folder / "jars"
        lines = sorted(
            (_coordinates(jar.relative_to(repository)), jar.read_bytes())
            for jar in repository.rglob("*.jar")
        )
    to.write_text(
        _HEAD
        + "".join(
            f"{sha256(jar).hexdigest()}  {len(jar)}  {coordinates}\n"
            for coordinates, jar in lines
        ),
        "utf-8",
    )


def _coordinates(jar: Path) -> str:
    """``org/slf4j/slf4j-api/1.7.36/x.jar`` is ``org.slf4j:slf4j-api:1.7.36``."""
    *group, artifact, version, _name = jar.parts
    return f"{'.'.join(group)}:{artifact}:{version}"


if __name__ == "__main__":
    write_pins()
