import runpy
if __name__ == "__main__": print(sorted(runpy.run_path("main.py", run_name="other")))
