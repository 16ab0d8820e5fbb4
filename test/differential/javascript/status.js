const keep = /^(Name|Umask|PPid|TracerPid|Threads|SigPnd|ShdPnd|SigBlk|SigIgn|SigCgt|Cap\w+|NoNewPrivs|Seccomp|FDSize|Cpus_allowed_list):/
console.log(require("fs").readFileSync("/proc/self/status", "utf8").split("\n").filter(l => keep.test(l)).join("\n"))
