using System;
using System.Net.Http;

// One request to the URL in args[0] by HttpClient; prints `STATUS code` or the error.
public static class Clients
{
    public static int Main(string[] args)
    {
        try
        {
            using (var client = new HttpClient { Timeout = TimeSpan.FromSeconds(15) })
                Console.WriteLine("STATUS " + (int)client.GetAsync(args[0]).Result.StatusCode);
        }
        catch (Exception failure)
        {
            for (; failure.InnerException != null; failure = failure.InnerException) { }
            Console.WriteLine(failure.GetType().Name + ": " + failure.Message);
        }
        return 0;
    }
}
