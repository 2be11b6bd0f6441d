package lambdaadapter

var NewServer = newServer
