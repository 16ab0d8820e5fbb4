import logging
logging.warning("shown")
logging.info("hidden")
logging.exception("no exception")
