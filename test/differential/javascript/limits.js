console.log(require("fs").readFileSync("/proc/self/limits", "utf8"), require("fs").readFileSync("/proc/self/oom_score_adj", "utf8"))
