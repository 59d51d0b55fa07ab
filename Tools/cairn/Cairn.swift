import ArgumentParser
import Configuration
import GRDB
import Hummingbird
import HummingbirdTLS
import Logging
import Metrics
import ServiceLifecycle

@main struct Cairn: ParsableCommand {}
