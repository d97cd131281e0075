"""The logs that mock writes, by its logging.ini."""
import configparser
import contextlib
import logging
import logging.config
import os
import sys

from .base import CONFIGURATIONS, log, state_log


def name_source_files():
    """Lines of root.log name mock's source files: output of commands comes from util.py."""
    make = logging.getLogRecordFactory()

    def factory(*args, **kwargs):
        record = make(*args, **kwargs)
        record.filename = 'util.py' if record.funcName in ('execute', 'read_output') else 'buildroot.py'
        return record
    logging.setLogRecordFactory(factory)


def setup_logging(config, options):
    ini = os.path.join(config['config_path'], config['log_config_file'])
    if not os.path.exists(ini):
        ini = os.path.join(CONFIGURATIONS, config['log_config_file'])
        if not os.path.exists(ini):
            log.error('Could not find log config file %s', ini)
            sys.exit(50)
    logging.config.fileConfig(ini, disable_existing_loggers=False)
    name_source_files()
    parsed = configparser.RawConfigParser()
    parsed.read(ini)
    for kind in ('build', 'root', 'state'):
        section = 'formatter_' + config[f'{kind}_log_fmt_name']
        config[f'{kind}_log_fmt_str'] = parsed.get(section, 'format', raw=True)
    log.handlers[0].setLevel((logging.WARNING, logging.INFO, logging.DEBUG)[options.verbose])
    if options.verbose == 0:
        for handler in state_log.handlers:
            handler.setLevel(logging.WARNING)


class State:
    """Stack of what is being done, written to state.log."""

    def __init__(self):
        self.stack = []

    def start(self, what):
        self.stack.append(what)
        state_log.info('Start: %s', what)

    def finish(self, what):
        self.stack.remove(what)
        state_log.info('Finish: %s', what)

    @contextlib.contextmanager
    def during(self, what, finish_on_error=True):
        self.start(what)
        try:
            yield
        except BaseException:
            if finish_on_error:
                self.finish(what)
            raise
        self.finish(what)
