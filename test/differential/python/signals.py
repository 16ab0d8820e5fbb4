import signal
print([(s, signal.getsignal(s)) for s in sorted(signal.valid_signals()) if not callable(signal.getsignal(s)) or s == 2])
print(signal.pthread_sigmask(signal.SIG_BLOCK, []), signal.getitimer(signal.ITIMER_REAL), signal.sigpending())
