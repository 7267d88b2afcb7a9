# Every target is one line onto dj.sh, which says what each does.
.PHONY: local server vault killme fake up-vault restart stop

local:      ## everything on this machine
	./dj.sh up
server:     ## Django's development server
	./dj.sh run
vault:      ## a Python prompt with Vault loaded
	./dj.sh shell
killme:     ## end every process of this Vault
	./dj.sh stop
fake:       ## load the demo data
	./dj.sh demo
up-vault:   ## everything, in the background
	./dj.sh start
restart:    ## stop, then start in the background
	./dj.sh restart
stop:       ## stop what runs in the background
	./dj.sh stop
