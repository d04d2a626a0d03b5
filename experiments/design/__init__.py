"""What an experiment is: from a config file to checked factors, designs and cells, and the schema of such files."""
