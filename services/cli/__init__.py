from services.cli.services import run
from services.runtime.settings import Settings
from services.runtime import logs
import sys
def main():
    s=Settings(); logs.configure(sys.argv[2], "human"); run(sys.argv[2], s)
