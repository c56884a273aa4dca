"""The public web server: the chat API, the widget's files, health and metrics. All that faces the internet."""
